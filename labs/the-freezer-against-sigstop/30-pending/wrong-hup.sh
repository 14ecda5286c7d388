# expect: No TERM is waiting
kill -CONT "$(task_pid)"
