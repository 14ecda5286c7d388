# expect: There is no cgroup
mkdir -p /sys/fs/cgroup/cpu/$name /tmp/$name
