# expect: Append, do not replace
echo "$word" > "merged/garden/$kept"
