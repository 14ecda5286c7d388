# expect: by taskset, perhaps
taskset -c "$last" sleep "$seconds" > /dev/null 2>&1 < /dev/null &
sleep 0.2
