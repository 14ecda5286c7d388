# Put before every script of this lab. Groups of step 1 and 2 are in the v1 tree of the controller pids, those of the last step in the v2 tree.
say() { echo "$1"; exit 1; }
one=/sys/fs/cgroup/pids/$name
if [ -d /sys/fs/cgroup/unified ]; then two=/sys/fs/cgroup/unified/$name; else two=/sys/fs/cgroup/$name; fi
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
