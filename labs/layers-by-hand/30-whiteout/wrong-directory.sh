# expect: The whole directory
rm -r merged/trees
