unshare --fork --pid --mount-proc sleep "$seconds" > /dev/null 2>&1 < /dev/null &
for _ in $(seq 40); do [ -n "$(firsts "^sleep $seconds\$")" ] && break; sleep 0.05; done
