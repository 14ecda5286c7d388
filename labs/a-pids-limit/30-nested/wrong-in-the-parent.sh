# expect: still in
[ "$(cat "$group/pids.current")" -ge 1 ] || { bash -c "echo \$\$ > $group/cgroup.procs; exec sleep infinity" > /dev/null 2>&1 < /dev/null & sleep 0.2; }
mkdir -p "$group/inner"
[ "$tree" != /sys/fs/cgroup ] || echo +pids > "$group/cgroup.subtree_control"
echo 500 > "$group/inner/pids.max"
