! frozen || say "The group $group is still frozen."
t=$(task_pid)
[ -n "$t" ] && [ "$(state "$t")" = T ] && say "The group is thawed, but /opt/$task is still stopped by a signal from before: send it CONT."
[ -n "$t" ] && say "/opt/$task is still running: did it get a TERM?"
[ "$(cat /run/lab/work 2> /dev/null)" = saved ] || say "/opt/$task is gone, but its work is not in /run/lab/work: it was killed. Reset the step."
[ -n "$(guardian_pid)" ] || say "/opt/guardian is gone as well. It should go on; reset the step."
