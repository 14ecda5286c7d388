mkdir -p /opt
cp /usr/bin/sleep /opt/runner
/opt/runner infinity > /dev/null 2>&1 < /dev/null &
# On cgroup v2 the machine's processes move into a leaf, so that its group may hand controllers to groups below it.
if [ -e /sys/fs/cgroup/cgroup.subtree_control ] && [ ! -d /sys/fs/cgroup/cpuset ]; then
    mkdir -p /sys/fs/cgroup/main
    mapfile -t pids < /sys/fs/cgroup/cgroup.procs
    for pid in "${pids[@]}"; do echo "$pid" > /sys/fs/cgroup/main/cgroup.procs; done 2> /dev/null
    for c in cpuset pids; do echo "+$c" > /sys/fs/cgroup/cgroup.subtree_control; done 2> /dev/null
fi
exit 0
