both_there
task_state=$(state "$t")
guardian_state=$(state "$g")
if [ "$task_state" != T ]; then
    [ "$guardian_state" = T ] && say "The guardian is stopped, and /opt/$task is not: its state is $task_state. Now nobody wakes it any more."
    say "/opt/$task is not stopped: its state is $task_state. If you stopped it, the guardian has continued it."
fi
[ "$guardian_state" = T ] || say "/opt/$task is stopped at this moment, but the guardian is not. Look again."
