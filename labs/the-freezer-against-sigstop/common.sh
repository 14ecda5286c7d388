# Put before every script of this lab: where the freezer is, and how it is spoken to.
say() { echo "$1"; exit 1; }
if [ -d /sys/fs/cgroup/freezer ]; then
    tree=/sys/fs/cgroup/freezer
    freeze() { echo FROZEN > "$tree/$group/freezer.state"; }
    thaw() { echo THAWED > "$tree/$group/freezer.state"; }
    frozen() { [ "$(cat "$tree/$group/freezer.state" 2> /dev/null)" = FROZEN ]; }
else
    tree=/sys/fs/cgroup
    freeze() { echo 1 > "$tree/$group/cgroup.freeze"; }
    thaw() { echo 0 > "$tree/$group/cgroup.freeze"; }
    frozen() { grep -q '^frozen 1' "$tree/$group/cgroup.events" 2> /dev/null; }
fi
task_pid() { pgrep -f "^/bin/bash /opt/$task" | head -1; }
guardian_pid() { pgrep -f "^/bin/bash /opt/guardian" | head -1; }
state() { awk '/^State:/ { print $2 }' "/proc/$1/status" 2> /dev/null; }
both_there() {
    t=$(task_pid) g=$(guardian_pid)
    [ -n "$t" ] || say "/opt/$task is gone. This lab wants it held, not ended; reset the step."
    [ -n "$g" ] || say "/opt/guardian is gone. This lab wants it held, not ended; reset the step."
}
in_group() { grep -qx "$1" "$tree/$group/cgroup.procs" 2> /dev/null; }
