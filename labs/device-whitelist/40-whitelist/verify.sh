there
list=$(cat "$group/devices.list")
[ -n "$list" ] || say "Now the group has nothing at all, not even /dev/null: allow c 1:3 rwm."
[ "$list" = "c 1:3 rwm" ] || { grep -q '^c 1:3 rwm$' <<< "$list" && say "/dev/null is allowed, but so is more: $(grep -v '^c 1:3 rwm$' <<< "$list" | tr '\n' ';')"; say "devices.list is: $(tr '\n' ';' <<< "$list"). It has to be one line, c 1:3 rwm."; }
may '>' /dev/null || say "A process in the group cannot open /dev/null."
! may '<' || say "A process in the group can still open $device."
