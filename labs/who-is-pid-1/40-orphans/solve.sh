kill -KILL $(ps -eo ppid=,stat= | awk '$2 ~ /^Z/ { print $1 }' | sort -u)
unshare --fork --pid --mount-proc docker-init -- sleep "$seconds" > /dev/null 2>&1 < /dev/null &
sleep 0.3
