# expect: still stopped by the signal
mkdir -p "$tree/$group"
for pid in $(guardian_pid) $(task_pid); do echo "$pid" > "$tree/$group/cgroup.procs"; done
