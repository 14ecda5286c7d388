cgexec -g "cpuset:/$name" sleep "$seconds" > /dev/null 2>&1 < /dev/null &
for _ in $(seq 60); do [ -n "$(running)" ] && break; sleep 0.05; done
