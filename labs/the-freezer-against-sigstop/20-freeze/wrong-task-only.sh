# expect: /opt/guardian
kill -CONT "$(guardian_pid)" "$(task_pid)"
mkdir -p "$tree/$group"
echo "$(task_pid)" > "$tree/$group/cgroup.procs"
freeze
