# Put before every script of this lab: where the trees are, and which processor is the last.
say() { echo "$1"; exit 1; }
if [ -d /sys/fs/cgroup/cpuset ]; then
    cpusets=/sys/fs/cgroup/cpuset pids=/sys/fs/cgroup/pids
    last=$(tr ',-' '\n\n' < $cpusets/cpuset.effective_cpus | tail -1)
    node=$(tr ',-' '\n\n' < $cpusets/cpuset.effective_mems | head -1)
else
    cpusets=/sys/fs/cgroup pids=/sys/fs/cgroup
    last=$(tr ',-' '\n\n' < $cpusets/cpuset.cpus.effective | tail -1)
    node=$(tr ',-' '\n\n' < $cpusets/cpuset.mems.effective | head -1)
fi
running() { pgrep -f "^sleep $seconds\$" | tail -1; }
allowed() { awk '/^Cpus_allowed_list:/ { print $2 }' "/proc/$1/status"; }
in_group() { grep -qx "$1" "$2/cgroup.procs" 2> /dev/null; }
