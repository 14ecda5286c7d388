# expect: gid_map of
unshare --user sleep "$second" > /dev/null 2>&1 < /dev/null &
sleep 0.3
echo "0 $base $count" > "/proc/$!/uid_map"
