# expect: it has to be
unshare --user sleep "$second" > /dev/null 2>&1 < /dev/null &
sleep 0.3
echo "$base 0 $count" > "/proc/$!/uid_map"
echo "$base 0 $count" > "/proc/$!/gid_map"
