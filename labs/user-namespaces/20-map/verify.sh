pid=$(running "$second")
[ -n "$pid" ] || say "No \`sleep $second\` is running."
new_user "$pid" || say "\`sleep $second\` is in the machine's own user namespace."
for kind in uid gid; do
    m=$(map "$pid" ${kind}_map)
    [ -n "$m" ] || say "${kind}_map of \`sleep $second\` (process $pid) is empty."
    [ "$m" = "0 $base $count" ] || say "${kind}_map of \`sleep $second\` says '$m'; it has to be '0 $base $count'. A map cannot be changed: end the sleep and start again."
done
