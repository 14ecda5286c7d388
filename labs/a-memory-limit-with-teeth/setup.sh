# On cgroup v2 the sandbox's processes move into a leaf, so that its group may hand controllers to groups below it.
if [ -e /sys/fs/cgroup/cgroup.subtree_control ] && [ ! -d /sys/fs/cgroup/memory ]; then
    mkdir -p /sys/fs/cgroup/main
    while read -r pid; do echo "$pid" > /sys/fs/cgroup/main/cgroup.procs 2>/dev/null; done < /sys/fs/cgroup/cgroup.procs
    echo +memory > /sys/fs/cgroup/cgroup.subtree_control
fi
