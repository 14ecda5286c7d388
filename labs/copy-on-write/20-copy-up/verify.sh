file=$(upper "$name")/etc/passwd
[ -e "$file" ] || { echo "The writable layer of $name has no etc/passwd: nothing was changed there yet."; exit 1; }
grep -q "^$word:x:1234:1234::/:/bin/sh$" "$file" || { echo "/etc/passwd in $name was changed, but has no line $word:x:1234:1234::/:/bin/sh."; exit 1; }
grep -q ^root: "$file" || { echo "The line of root is gone: append with >>, do not overwrite with >."; exit 1; }
