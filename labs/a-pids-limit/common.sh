# Put before every script of this lab.
say() { echo "$1"; exit 1; }
if [ -d /sys/fs/cgroup/pids ]; then tree=/sys/fs/cgroup/pids; else tree=/sys/fs/cgroup; fi
group=$tree/$name
refused() { awk '$1 == "max" { print $2 }' "$1/pids.events"; }
# Processes that wait, until the group at $1 is full; the fork after the last is refused.
fill() {
    bash -c "echo \$\$ > $1/cgroup.procs; exec 2> /dev/null; trap exit CHLD; for ((i = 0; i < 60; i++)); do sleep infinity & done" > /dev/null 2>&1 < /dev/null &
    for _ in $(seq 60); do [ "$(cat "$group/pids.current")" -ge "$limit" ] && [ "$(refused "$1")" -ge 1 ] && break; sleep 0.05; done
    kill -KILL $! 2> /dev/null
    wait $! 2> /dev/null
    true
}
empty() { local p; for p in $(cat "$@"); do kill -KILL "$p" 2> /dev/null; done; for _ in $(seq 40); do [ -z "$(cat "$@")" ] && break; sleep 0.05; done; }
