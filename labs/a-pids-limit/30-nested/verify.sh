inner=$group/inner
[ -d "$inner" ] || say "There is no group $inner yet."
[ -e "$inner/pids.max" ] || say "$inner has no pids.max: hand the controller down, by +pids in $group/cgroup.subtree_control."
[ "$(cat "$group/pids.max")" = "$limit" ] || say "pids.max of $name is not $limit any more: the outer limit has to stay."
[ "$(cat "$inner/pids.max")" = 500 ] || say "pids.max of inner is $(cat "$inner/pids.max"), not 500."
[ -z "$(cat "$group/cgroup.procs")" ] || say "Processes are still in $name itself. End them, and fill inner."
have=$(cat "$inner/pids.current")
[ "$have" -ge $((limit - 1)) ] || say "inner holds $have tasks; more go in."
