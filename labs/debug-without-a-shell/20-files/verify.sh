[ -n "$pid" ] && [ "$pid" != 0 ] || { echo "$name does not run any more; reset the lab."; exit 1; }
[ "$(cat /root/word 2>/dev/null)" = "$word" ] || { echo "/root/word does not say what /word in the container says."; exit 1; }
[ -e "/proc/$pid/root/visited" ] || { echo "There is no /visited in $name."; exit 1; }
[ "$(cat "/proc/$pid/root/visited")" = "$word" ] || { echo "/visited in $name says something else than $word."; exit 1; }
