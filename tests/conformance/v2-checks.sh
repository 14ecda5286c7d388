#!/bin/bash
# Limits, pause, OOM kill, exec, devices, figures and recovery where only cgroup v2 is mounted. Run by v2.sh in a machine of its own.
. "$(dirname "$0")/../lib.sh"
if [ ! -e /sys/fs/cgroup/memory.stat ] && ! grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
    skip "cgroup v2" "the memory controller is not in a v2 tree here; make test-cgroup2 boots a machine where it is"
    exit 0
fi
engine_start
state() { api GET "/containers/$1/json" | jq -r "$2"; }
group_of() { find /sys/fs/cgroup -type d -name "$(state "$1" .Id)"; }
value() { cat "$(group_of "$1")/$2"; }
DISK=/dev/$(lsblk -dnro NAME | head -1) NUMBERS=$(lsblk -dnro MAJ:MIN | head -1) # of this machine, of which nobody may read
CPUSET=1; grep -qw cpuset /sys/fs/cgroup/cgroup.controllers || { CPUSET=; skip "cpuset" "this kernel has no such controller"; }
is_frozen() { grep -qx "frozen $2" "$(group_of "$1")/cgroup.events"; }

# Every limit, as the kernel has it and as the container sees it.
S run -d --name limits -m 64m --memory-swap 96m --cpus 0.5 ${CPUSET:+--cpuset-cpus 1} --cpu-shares 512 --pids-limit 50 busybox sleep 1000 >/dev/null
check_eq "-m" 67108864 "$(value limits memory.max)"
check_eq "--memory-swap less the memory" 33554432 "$(value limits memory.swap.max)"
check_eq "--cpus" "50000 100000" "$(value limits cpu.max)"
[ ! "$CPUSET" ] || check_eq "--cpuset-cpus" 1 "$(value limits cpuset.cpus)"
check_eq "--cpu-shares as a weight" 59 "$(value limits cpu.weight)"
check_eq "--pids-limit" 50 "$(value limits pids.max)"
check_eq "the tree inside begins at its own group" 67108864 "$(S exec limits cat /sys/fs/cgroup/memory.max)"
check_match "and is read-only" 'Read-only' "$(S exec limits sh -c 'echo 1 >/sys/fs/cgroup/memory.max' 2>&1)"
check_eq "exec sits in the same group" "0::/" "$(S exec limits cat /proc/self/cgroup)"
[ ! "$CPUSET" ] || check_eq "exec is held to its CPUs" 1 "$(S exec limits sh -c "sed -n 's/Cpus_allowed_list:\t//p' /proc/self/status")"
check_match "forks end at the pids limit" "can't fork" "$(S exec limits sh -c 'for i in $(seq 60); do sleep 2 & done' 2>&1)"
check_match "pids.events tells of it" 'max [1-9]' "$(value limits pids.events)"
S run -d --name nolimit --memory-swap -1 -m 64m busybox sleep 1000 >/dev/null
check_eq "--memory-swap -1" max "$(value nolimit memory.swap.max)"
S update -m 96m --memory-swap 128m --cpus 0.25 -c 2048 --pids-limit 40 nolimit >/dev/null
check_eq "update changes what is there" "100663296 33554432 25000 100000 174 40" "$(for file in memory.max memory.swap.max cpu.max cpu.weight pids.max; do value nolimit $file; done | xargs)"
[ ! "$CPUSET" ] || check_rc "a CPU that is not there is refused" 125 S run --rm --cpuset-cpus 7 busybox true
made=$(api POST '/containers/create?name=discards' -H 'Content-Type: application/json' \
    -d '{"Image":"busybox","HostConfig":{"MemorySwappiness":10,"OomKillDisable":true,"BlkioWeight":300}}' | jq -c .Warnings)
check_match "what v2 lacks is discarded with a warning" 'swappiness discarded.*OomKillDisable discarded' "$made"
check_no_match "a block I/O weight is not" 'Block I/O' "$made"

# Devices: a BPF program decides.
probe='head -c 1 /dev/zero >/dev/null && echo zero; mknod /tmp/kmem c 1 2; head -c 1 /tmp/kmem; mknod /tmp/disk b '${NUMBERS/:/ }'; head -c 1 /tmp/disk | wc -c'
seen=$(S run --rm busybox sh -c "$probe" 2>&1)
check_match "an allowed device works" '^zero$' "$seen"
check_match "another is refused" 'kmem: Operation not permitted' "$seen"
check_match "a disk too" '^0$' "$seen"
check_eq "--device allows one" 1 "$(S run --rm --device "$DISK:/dev/d" busybox sh -c 'head -c 1 /dev/d | wc -c')"
check_eq "--privileged allows all, and groups may be made" ok \
    "$(S run --rm --privileged busybox sh -c 'mknod /d b '"${NUMBERS/:/ }"' && head -c 1 /d | grep -q . ; [ -b /d ] && mkdir /sys/fs/cgroup/x && echo ok')"

check_match "a device rule lets a node be opened" '^ok$' "$(S run --rm --device-cgroup-rule 'c 1:11 rw' busybox sh -c 'mknod /k c 1 11; : >/k && echo ok' 2>&1)"
check_match "without it, not" 'not permitted' "$(S run --rm busybox sh -c 'mknod /k c 1 11; : >/k' 2>&1)"
check_match "a device that is read-only" 'not permitted' "$(S run --rm --device "$DISK:/dev/d:r" busybox sh -c 'head -c 1 /dev/d | wc -c; : >/dev/d' 2>&1)"

# Block I/O: io.max; the cgroup namespace is the container's own by default.
io_max() { S run --rm "$@" busybox cat /sys/fs/cgroup/io.max 2>&1; }
check_match "--device-read-bps" '^[0-9]+:[0-9]+ rbps=1048576 wbps=max riops=max wiops=max' "$(io_max --device-read-bps "$DISK:1mb")"
check_match "all four throttles" 'rbps=1048576 wbps=2097152 riops=100 wiops=200' \
    "$(io_max --device-read-bps "$DISK:1mb" --device-write-bps "$DISK:2mb" --device-read-iops "$DISK:100" --device-write-iops "$DISK:200")"
check_match "a device that is not there" 'stat /dev/nosuch: no such file or directory' "$(io_max --device-read-bps /dev/nosuch:1mb)"
check_eq "a private cgroup namespace" "0::/" "$(S run --rm busybox cat /proc/self/cgroup)"
check_match "the host's, when asked for" '^0::/.*[0-9a-f]{64}$' "$(S run --rm --cgroupns host busybox cat /proc/self/cgroup)"
check_match "realtime scheduling is v1's" 'does not support CPU real-time scheduler' "$(S run --rm --cpu-rt-runtime 1000 busybox true 2>&1)"
check_eq "any weight fits" 1 "$(S run --rm -c 1 busybox cat /sys/fs/cgroup/cpu.weight)"
check_eq "--ipc container: shares /dev/shm" hi "$(S run -d --name donor --ipc shareable busybox sh -c 'echo hi >/dev/shm/f; sleep 1000' >/dev/null
    wait_for 10 S exec donor test -s /dev/shm/f; S run --rm --ipc container:donor busybox cat /dev/shm/f; S rm -f donor >/dev/null)"

# Pause is cgroup.freeze.
S pause limits >/dev/null
check "pause freezes" is_frozen limits 1
check_match "ps says so" 'Paused' "$(S ps)"
check_match "xray says so" 'frozen' "$(S xray limits cgroup)"
S unpause limits >/dev/null
check "unpause thaws" is_frozen limits 0
check_match "the steps of it are told" 'cgroup.freeze' "$(S xray limits steps)"
S pause limits >/dev/null; S kill limits >/dev/null
check_eq "a frozen container can be killed" "exited 137" "$(state limits '"\(.State.Status) \(.State.ExitCode)"')"
S start limits >/dev/null

# The OOM killer, told by memory.events.
check_rc "a memory limit kills" 137 S run --name big -m 20m busybox sh -c 'tail /dev/zero'
check_eq "inspect says so" "true 137" "$(state big '"\(.State.OOMKilled) \(.State.ExitCode)"')"
check_match "an event says so" '"status":"oom"|"Action":"oom"' "$(api GET "/events?since=0&until=$(date +%s.%N)")"
check_rc "a victim that is not pid 1 leaves the container running" 3 S run --name child -m 20m busybox sh -c 'sh -c "tail /dev/zero"; exit 3'
check_eq "and is told all the same" true "$(state child .State.OOMKilled)"
S run --name fine -m 20m busybox true >/dev/null
check_eq "no OOM kill, no such word" false "$(state fine .State.OOMKilled)"

# Figures.
figures=$(S xray limits cgroup --json)
check_eq "xray: version and limits" '[2,67108864,33554432,50000,50,"'"${CPUSET:-}"'"]' \
    "$(jq -c '[.version, .memory.limit, .memory.swap_limit, .cpu.quota_us, .pids.limit, .cpu.cpuset]' <<<"$figures")"
check_match "xray: memory in use" '^[1-9][0-9]+$' "$(jq .memory.usage <<<"$figures")"
check_match "stats" '/ 64MiB' "$(S stats --no-stream limits)"
check_match "info tells the version" 'Cgroup Version: 2' "$(S info)"
check_no_match "and misses no limit" 'No .* limit support' "$(S info 2>&1)"
check_match "run --explain tells how the child gets into the group" 'echo \$\$ > /sys/fs/cgroup/slipway-.*/cgroup.procs; unshare' \
    "$(S run --rm --explain -m 20m busybox true 2>&1)"

# The engine dies; what ran and what was paused still does, and what happened meanwhile is known.
mkdir "$TMP/signal"
S run -d --name later -m 20m -v "$TMP/signal:/signal" busybox sh -c 'until [ -e /signal/go ]; do sleep 0.1; done; tail /dev/zero' >/dev/null
S pause nolimit >/dev/null
group=$(group_of later)
engine_kill9
touch "$TMP/signal/go"
check "meanwhile one has an end" wait_for 10 eval '! grep -qs . "$group/cgroup.procs"'
engine_start
check_eq "a running container is found running" running "$(state limits .State.Status)"
check_eq "a paused one paused" paused "$(state nolimit .State.Status)"
check_eq "an OOM kill in between is known" "true 137" "$(state later '"\(.State.OOMKilled) \(.State.ExitCode)"')"
check_eq "exec works again" "0::/" "$(S exec limits cat /proc/self/cgroup)"
S unpause nolimit >/dev/null
check "unpause works again" is_frozen nolimit 0

for name in limits nolimit big child fine later discards; do S rm -f $name >/dev/null; done
check_eq "no group is left" "" "$(find /sys/fs/cgroup -mindepth 2 -type d -path '*/slipway-*')"
engine_stop
check_eq "nor their parent when the engine ends" "" "$(find /sys/fs/cgroup -type d -name 'slipway-*')"
finish
