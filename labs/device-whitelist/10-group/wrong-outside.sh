# expect: is not in the group
mkdir -p "$group"
sleep "$seconds" > /dev/null 2>&1 < /dev/null &
sleep 0.2
