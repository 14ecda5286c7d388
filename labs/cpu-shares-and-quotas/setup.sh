mkdir -p /opt
printf '#!/bin/bash\nwhile :; do :; done\n' > /opt/burn
chmod +x /opt/burn
# On cgroup v2 the machine's processes move into a leaf, so that its group may hand controllers to groups below it.
if [ -e /sys/fs/cgroup/cgroup.subtree_control ] && [ ! -d /sys/fs/cgroup/cpu ]; then
    mkdir -p /sys/fs/cgroup/main
    mapfile -t pids < /sys/fs/cgroup/cgroup.procs
    for pid in "${pids[@]}"; do echo "$pid" > /sys/fs/cgroup/main/cgroup.procs; done 2> /dev/null
    echo +cpu > /sys/fs/cgroup/cgroup.subtree_control
fi
