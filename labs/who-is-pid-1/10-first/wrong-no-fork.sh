# expect: Without --fork
unshare --pid sleep "$seconds" > /dev/null 2>&1 < /dev/null &
sleep 0.3
