[ -s /etc/cgconfig.conf ] || say "There is no /etc/cgconfig.conf yet."
grep -q "group *\"\?$lasting" /etc/cgconfig.conf || say "/etc/cgconfig.conf describes no group $lasting."
[ -d "$pids/$lasting" ] || say "The file is there, and the group is not ($pids/$lasting): load it."
max=$(cat "$pids/$lasting/pids.max")
[ "$max" = "$limit" ] || say "pids.max of $lasting is $max; it has to be $limit."
grep -q "pids.max *= *\"\?$limit" /etc/cgconfig.conf || say "The group has its limit, but /etc/cgconfig.conf does not say so: after the next boot it would be gone."
