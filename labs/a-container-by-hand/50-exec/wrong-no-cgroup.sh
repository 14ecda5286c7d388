# expect: the limit does not count it
find_box
begin nsenter --target "$box" --pid --mount --uts --ipc --net sleep "$seconds"
for _ in $(seq 40); do pgrep -f "^sleep $seconds\$" > /dev/null && break; sleep 0.05; done
