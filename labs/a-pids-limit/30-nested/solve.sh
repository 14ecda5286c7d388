empty "$group/cgroup.procs"
mkdir -p "$group/inner"
[ ! -e "$group/cgroup.subtree_control" ] || [ "$tree" != /sys/fs/cgroup ] || echo +pids > "$group/cgroup.subtree_control"
echo 500 > "$group/inner/pids.max"
while [ "$(cat "$group/pids.current")" -lt "$limit" ]; do
    bash -c "echo \$\$ > $group/inner/cgroup.procs; exec sleep infinity" > /dev/null 2>&1 < /dev/null &
    sleep 0.05
done
