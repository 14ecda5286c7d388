# expect: is not in the pid namespace
find_box
begin nsenter --target "$box" --mount --uts --net sleep "$seconds"
for _ in $(seq 40); do pgrep -f "^sleep $seconds\$" > /dev/null && break; sleep 0.05; done
