kill -CONT "$(guardian_pid)" "$(task_pid)"
sleep 0.1
mkdir -p "$tree/$group"
for pid in $(guardian_pid) $(task_pid); do echo "$pid" > "$tree/$group/cgroup.procs"; done
freeze
for _ in $(seq 40); do frozen && break; sleep 0.02; done
