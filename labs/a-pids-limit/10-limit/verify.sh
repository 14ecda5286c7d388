[ -d "$group" ] || say "There is no group $group yet."
[ -e "$group/pids.max" ] || say "$group has no pids.max: the controller pids is not on for it."
max=$(cat "$group/pids.max")
[ "$max" != max ] || say "The group $name has no limit yet: pids.max says max."
[ "$max" = "$limit" ] || say "pids.max of $name is $max; it has to be $limit."
