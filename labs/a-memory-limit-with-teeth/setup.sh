# On cgroup v2 the sandbox's processes move into a leaf, so that its group may hand controllers to groups below it. The list is read
# in one go: it changes with each process that leaves, and a shell that reads line by line would miss some.
if [ -e /sys/fs/cgroup/cgroup.subtree_control ] && [ ! -d /sys/fs/cgroup/memory ]; then
    mkdir -p /sys/fs/cgroup/main
    mapfile -t pids < /sys/fs/cgroup/cgroup.procs
    for pid in "${pids[@]}"; do echo "$pid" > /sys/fs/cgroup/main/cgroup.procs; done 2>/dev/null
    echo +memory > /sys/fs/cgroup/cgroup.subtree_control
fi
