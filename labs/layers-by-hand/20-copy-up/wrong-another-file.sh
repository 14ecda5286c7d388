# expect: no copy of
echo "$word" >> "merged/garden/new-$kept"
