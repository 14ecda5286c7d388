# Put before every script of this lab. "soft" is the file whose limit makes the hog wait in this version of cgroups.
say() { echo "$1"; exit 1; }
mib=$((1 << 20))
if [ -d /sys/fs/cgroup/memory ]; then
    v=1 group=/sys/fs/cgroup/memory/$name soft=memory.limit_in_bytes usage=memory.usage_in_bytes events=memory.oom_control
    waits() { grep -q '^under_oom 1' "$group/memory.oom_control"; }
    switch_off() { echo 1 > "$group/memory.oom_control"; }
    switch_on() { echo 0 > "$group/memory.oom_control"; }
    killer_off() { grep -q '^oom_kill_disable 1' "$group/memory.oom_control"; }
else
    v=2 group=/sys/fs/cgroup/$name soft=memory.high usage=memory.current events=memory.events
    waits() { [ "$(sed -n 's/^high //p' "$group/memory.events")" -gt 0 ] && [ "$(cat "$group/memory.current")" -gt $((limit * mib * 9 / 10)) ]; }
    switch_off() { :; }
    switch_on() { echo $((relief * mib)) > "$group/memory.max"; }
    killer_off() { [ "$(cat "$group/memory.max")" = max ]; }
fi
kills() { sed -n 's/^oom_kill //p' "$group/$events"; }
hogs() { local p; for p in $(cat "$group/cgroup.procs" 2> /dev/null); do [ "$(cat "/proc/$p/comm" 2> /dev/null)" = hog.bin ] && echo "$p"; done; }
size_of() { awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$1/status" 2> /dev/null; }
asked() { tr '\0' '\n' < "/proc/$1/cmdline" | sed -n 's/^mib=//p'; }
join_and() { bash -c "echo \$\$ > $group/cgroup.procs; $*" > /dev/null 2>&1 < /dev/null & }
