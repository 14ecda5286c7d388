# expect: Make the directory again
rm -r merged/settings
