# On cgroup v2 the machine's processes move into a leaf, so that its group may hand controllers to groups below it.
if [ -e /sys/fs/cgroup/cgroup.subtree_control ] && [ ! -d /sys/fs/cgroup/pids ]; then
    mkdir -p /sys/fs/cgroup/main
    mapfile -t pids < /sys/fs/cgroup/cgroup.procs
    for pid in "${pids[@]}"; do echo "$pid" > /sys/fs/cgroup/main/cgroup.procs; done 2> /dev/null
    echo +pids > /sys/fs/cgroup/cgroup.subtree_control
fi
