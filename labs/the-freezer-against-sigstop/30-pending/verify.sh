pid=$(task_pid)
if [ -z "$pid" ]; then
    [ -e /run/lab/work ] && say "/opt/$task has ended already: it was thawed too early. Reset the step, and send TERM while it is frozen."
    say "/opt/$task is gone without having saved its work. Reset the step."
fi
frozen || say "The group $group is not frozen any more. Freeze it again."
mask=$(awk '/^ShdPnd:/ { print $2 }' "/proc/$pid/status")
((0x$mask >> 8 & 1)) && say "KILL is waiting for /opt/$task, so it can no longer save its work. Reset the step, and send TERM."
((0x$mask >> 14 & 1)) || say "No TERM is waiting for /opt/$task (process $pid): ShdPnd is $mask."
