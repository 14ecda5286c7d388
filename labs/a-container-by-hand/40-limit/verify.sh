need_box
need_root
[ -d "$tree/$name" ] || say "There is no cgroup $tree/$name yet."
[ -e "$tree/$name/pids.max" ] || say "The cgroup $tree/$name has no pids.max: the controller pids is not on for it."
max=$(cat "$tree/$name/pids.max")
[ "$max" = "$limit" ] || say "pids.max of $name is $max; it has to be $limit."
grep -qx "$box" "$tree/$name/cgroup.procs" || say "The container's process $box is not in the cgroup $name."
