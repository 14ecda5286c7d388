[ "$(cat "$group/pids.max")" = "$limit" ] || say "pids.max of $name is not $limit any more."
n=$(refused "$group")
[ "$n" -ge 1 ] || say "No fork was refused in the group $name so far (pids.events: max $n); it holds $(cat "$group/pids.current") of $limit tasks."
