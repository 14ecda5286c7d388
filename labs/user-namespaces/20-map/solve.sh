pid=$(running "$second")
[ -z "$pid" ] || kill "$pid"
unshare --user sleep "$second" > /dev/null 2>&1 < /dev/null &
pid=$!
for _ in $(seq 60); do new_user "$pid" && break; sleep 0.02; done
echo "0 $base $count" > "/proc/$pid/uid_map"
echo "0 $base $count" > "/proc/$pid/gid_map"
await "$second"
