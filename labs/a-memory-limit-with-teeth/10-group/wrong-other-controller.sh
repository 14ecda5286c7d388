# expect: There is no cgroup
mkdir -p /sys/fs/cgroup/cpu/teeth /tmp/teeth
