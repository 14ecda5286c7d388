there
pid=$(running)
[ -n "$pid" ] || say "No \`sleep $seconds\` is running."
grep -qx "$pid" "$group/cgroup.procs" || say "\`sleep $seconds\` (process $pid) is not in the group $name."
