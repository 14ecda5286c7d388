# expect: the outer limit has to stay
empty "$group/cgroup.procs"
mkdir -p "$group/inner"
[ "$tree" != /sys/fs/cgroup ] || echo +pids > "$group/cgroup.subtree_control"
echo 500 > "$group/inner/pids.max"
echo 500 > "$group/pids.max"
