# expect: it is not frozen yet
kill -CONT "$(guardian_pid)" "$(task_pid)"
mkdir -p "$tree/$group"
for pid in $(guardian_pid) $(task_pid); do echo "$pid" > "$tree/$group/cgroup.procs"; done
sleep 0.1
