image builder:1
[ -f /root/src/result ] || { echo "There is no /root/src/result."; exit 1; }
[ "$(cat /root/src/result)" = "$WORD" ] || { echo "/root/src/result says \"$(head -c 40 /root/src/result)\", not $WORD."; exit 1; }
left=$(docker ps -aq --filter ancestor=builder:1 | wc -l)
[ "$left" = 0 ] || { echo "$left container of builder:1 is still there; remove it."; exit 1; }
