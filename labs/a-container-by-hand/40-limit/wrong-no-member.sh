# expect: is not in the cgroup
mkdir -p "$tree/$name"
echo "$limit" > "$tree/$name/pids.max"
