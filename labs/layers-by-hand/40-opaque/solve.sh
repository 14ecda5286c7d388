rm -rf merged/settings
mkdir merged/settings
echo new > merged/settings/mine.conf
