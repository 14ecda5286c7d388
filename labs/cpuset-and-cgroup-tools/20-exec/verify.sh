pid=$(running)
[ -n "$pid" ] || say "No \`sleep $seconds\` is running."
if ! in_group "$pid" "$cpusets/$name"; then
    [ "$(allowed "$pid")" = "$last" ] && say "\`sleep $seconds\` is bound to processor $last, but not by the group $name: by taskset, perhaps."
    say "\`sleep $seconds\` (process $pid) is not in the group $name."
fi
[ "$(allowed "$pid")" = "$last" ] || say "\`sleep $seconds\` may run on $(allowed "$pid"): has cpuset.cpus of $name changed?"
