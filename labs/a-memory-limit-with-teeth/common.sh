# Put before every script of this lab: where the group is, and the names of its files in this version of cgroups.
if [ -d /sys/fs/cgroup/memory ]; then
    root=/sys/fs/cgroup/memory; limit_file=memory.limit_in_bytes; swap_file=memory.memsw.limit_in_bytes
    oom_kills() { sed -n 's/^oom_kill //p' "$group/memory.oom_control"; }
else
    root=/sys/fs/cgroup; limit_file=memory.max; swap_file=memory.swap.max
    oom_kills() { sed -n 's/^oom_kill //p' "$group/memory.events"; }
fi
group=$root/$name
