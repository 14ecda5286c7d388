kill -TERM "$(task_pid)"
sleep 0.05
