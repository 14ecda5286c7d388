# expect: pids.max of
find_box
mkdir -p "$tree/$name"
echo "$box" > "$tree/$name/cgroup.procs"
