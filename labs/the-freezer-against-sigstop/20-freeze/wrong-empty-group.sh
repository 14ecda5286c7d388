# expect: is not in the group
kill -CONT "$(guardian_pid)" "$(task_pid)"
mkdir -p "$tree/$group"
freeze
