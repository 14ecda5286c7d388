# expect: one by one
rm merged/settings/*
echo new > merged/settings/mine.conf
