kill -STOP "$(guardian_pid)"
kill -STOP "$(task_pid)"
sleep 0.1
