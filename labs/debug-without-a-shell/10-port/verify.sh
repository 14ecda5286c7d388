[ -n "$pid" ] && [ "$pid" != 0 ] || { echo "$name does not run any more; reset the lab."; exit 1; }
[ -e /root/port ] || { echo "There is no file /root/port yet."; exit 1; }
[ "$(tr -d '[:space:]' < /root/port)" = "$port" ] || { echo "$name does not listen on port $(tr -d '[:space:]' < /root/port | head -c 20)."; exit 1; }
