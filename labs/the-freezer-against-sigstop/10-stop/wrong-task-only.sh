# expect: the guardian has continued it
kill -STOP "$(task_pid)"
sleep 0.6
