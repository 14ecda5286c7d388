# expect: still shows
echo new > merged/settings/mine.conf
