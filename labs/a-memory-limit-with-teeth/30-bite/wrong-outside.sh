# expect: No process of this group
head -c 20000000 /dev/zero | tail >/dev/null
