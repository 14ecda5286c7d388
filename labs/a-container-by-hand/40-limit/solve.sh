find_box
mkdir -p "$tree/$name"
echo "$limit" > "$tree/$name/pids.max"
echo "$box" > "$tree/$name/cgroup.procs"
