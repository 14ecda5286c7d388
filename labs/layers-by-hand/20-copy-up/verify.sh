mounted merged upper
untouched_base
file=upper/garden/$kept
[ -f "$file" ] || say "There is no copy of garden/$kept in /work/upper: nothing has written to it through /work/merged yet."
head -1 "$file" | grep -qx "a flower of the base" || say "$kept has lost the line that it had in base. Append, do not replace (\`>>\`)."
grep -qx "$word" "$file" || say "/work/$file has no line that reads $word."
