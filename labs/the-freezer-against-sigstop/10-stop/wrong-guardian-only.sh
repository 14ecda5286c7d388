# expect: Now nobody wakes it
kill -STOP "$(guardian_pid)"
