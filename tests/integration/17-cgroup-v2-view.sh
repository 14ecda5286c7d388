#!/bin/bash
# cgroup v2 as far as this machine has it: in a mount namespace where the v2 tree is all there is. On a machine of version 1 that tree
# lacks most controllers, but groups, the freezer, the device program and killing work as on a pure v2 machine, and a limit whose
# controller is missing must be refused by name. Limits themselves: `make test-cgroup2`.
. "$(dirname "$0")/../lib.sh"

# A tree that is mounted already is bound: mounting it once more would reset its options (nsdelegate) for the whole machine.
unified_only() {
    local tree
    tree=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
    [ "$tree" = /sys/fs/cgroup ] && return
    mkdir "$TMP/tree"
    if [ -n "$tree" ]; then mount --bind "$tree" "$TMP/tree"; else mount -t cgroup2 none "$TMP/tree"; fi || return
    umount -R /sys/fs/cgroup
    mount --move "$TMP/tree" /sys/fs/cgroup
}
if ! unified_only 2>/dev/null; then
    skip "cgroup v2" "cannot be mounted here"
    exit 0
fi
engine_start
state() { api GET "/containers/$1/json" | jq -r "$2"; }
group_of() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$(state "$1" .Id)"; }
is_frozen() { grep -qx "frozen $2" "$(group_of "$1")/cgroup.events"; }
has() { tr ' ' '\n' </sys/fs/cgroup/cgroup.controllers | grep -qx "$1"; }

S run -d --name two busybox sleep 1000 >/dev/null
group=$(group_of two) parent=$(dirname "$(group_of two)")
check_match "a container has a group in the tree" '/slipway-[0-9a-f]{8}/[0-9a-f]{64}$' "$group"
check_eq "its init was cloned into it" "$(state two .State.Pid)" "$(cat "$group/cgroup.procs")"
check_eq "which is the root of what it sees" "0::/" "$(S exec two grep ^0: /proc/self/cgroup)"
check_match "the tree is mounted in it, read-only" 'on /sys/fs/cgroup type cgroup2 \(ro' "$(S exec two mount)"
check_eq "and shows its own processes" 1 "$(S exec two head -1 /sys/fs/cgroup/cgroup.procs)"
S exec -d two sleep 999
check "an exec is cloned into it too" wait_for 3 eval '[ "$(wc -l <"$group/cgroup.procs")" = 2 ]'
# It comes by way of a process that borrows the memory of its shim; not where the kernel, out of memory, kills all who share that of one.
ahead() { S xray two steps | grep -c "a process that goes ahead"; }
before=$(ahead)
S exec two true
check_eq "an exec borrows the shim's memory" $((before + 1)) "$(ahead)"
if has memory; then
    echo 1 >"$group/memory.oom.group"
    check_rc "not where the kernel kills the group as one: it works" 3 S exec two sh -c 'exit 3'
    check_eq "and borrows nothing" $((before + 1)) "$(ahead)"
    echo 0 >"$group/memory.oom.group"
fi
check_match "--explain tells how" 'echo \$\$ > /sys/fs/cgroup/slipway-.*/cgroup.procs; unshare' "$(S run --rm --explain --network none busybox true 2>&1)"

# Devices: a BPF program decides, as there is no devices controller.
# shellcheck disable=SC2016
probe='head -c 1 /dev/zero >/dev/null && echo zero; echo x >/dev/null && echo null; mknod /tmp/kmem c 1 2 && head -c 1 /tmp/kmem; mknod /tmp/disk b 254 0; head -c 1 /tmp/disk'
seen=$(S run --rm --network none busybox sh -c "$probe" 2>&1)
check_match "devices: those of every container work" '^zero$' "$seen"
check_match "devices: for writing too" '^null$' "$seen"
check_match "devices: memory is refused" '/tmp/kmem: Operation not permitted' "$seen"
check_match "devices: disks are refused" '/tmp/disk: Operation not permitted' "$seen"
check_eq "devices: exec is held to them" refused "$(S exec two sh -c 'mknod /tmp/kmem c 1 2; head -c 1 /tmp/kmem 2>/dev/null || echo refused')"
device=$(ls /dev/loop-control /dev/fuse /dev/net/tun 2>/dev/null | head -1)
if [ -n "$device" ]; then
    with() { S run --rm --network none --device "$device:/dev/x:r" busybox sh -c "$1" 2>&1; }
    check_eq "devices: --device allows one" 1 "$(with 'exec 3</dev/x && echo 1')"
    check_match "devices: only for what it says" 'not permitted' "$(with 'exec 3>/dev/x')"
fi
check_eq "devices: --privileged is not held" ok "$(S run --rm --network none --privileged busybox sh -c 'mknod /tmp/log c 1 11 && exec 3</tmp/log && echo ok')"
check_eq "--privileged may make groups" ok "$(S run --rm --network none --privileged busybox sh -c 'mkdir /sys/fs/cgroup/below && echo ok')"

# Pause: cgroup.freeze, which freezes an exec as well.
check "pause" S pause two
check "the group is frozen" is_frozen two 1
check_eq "xray knows" true "$(S xray two cgroup --json | jq .frozen)"
check "unpause" S unpause two
check "the group is thawed" is_frozen two 0
check_match "the steps name the file" "echo 1 > $group/cgroup.freeze" "$(S xray two steps)"
S pause two >/dev/null
engine_kill9
engine_start
check_eq "a new engine finds it paused" paused "$(state two .State.Status)"
check "kill reaches a frozen one" S kill two
check_eq "137" "exited 137" "$(state two '"\(.State.Status) \(.State.ExitCode)"')"
check "its group goes, and the exec in it" wait_for 5 eval '[ ! -d "$group" ]'

# One process that stays behind in a session of its own does not keep the container or its group.
S run -d --name stays --network none busybox sh -c 'setsid sh -c "trap : TERM HUP; sleep 1000" & sleep 1000' >/dev/null
group=$(group_of stays)
check "rm -f ends all that is in it" S rm -f stays
check "no group is left of that" wait_for 5 eval '[ ! -d "$group" ]'

# What cannot be limited is refused, and the figures say what there is.
version=$(S info | sed -n 's/^ *Cgroup Version: //p')
check_eq "info tells the version" 2 "$version"
if has memory; then
    check_match "-m is written" '33554432' "$(S run --rm -m 32m busybox cat /sys/fs/cgroup/memory.max)"
else
    check_match "-m without the controller is refused" 'memory' "$(S run --rm --network none -m 32m busybox true 2>&1)"
    check_rc "as a mistake of the engine's user" 125 S run --rm --network none -m 32m busybox true
    check_eq "info says that it is missing" false "$(api GET /info | jq .MemoryLimit)"
    S start two >/dev/null
    check_eq "xray shows no memory figures, and invents none" null "$(S xray two cgroup --json | jq .memory)"
fi
check "stats answers" S stats --no-stream

# A lab machine: its own group below a bounded one, to make groups in.
id=$(api POST /slipway/sandboxes -H 'Content-Type: application/json' -d '{"lab":"v2"}' | jq -r .Id)
inner=$(find /sys/fs/cgroup -type d -path "*/$id/inner")
if [ -n "$inner" ]; then
    check_match "a lab machine owns its group" '^[0-9]{6,}$' "$(stat -c %u "$inner")"
    in_lab() { S exec "$id" bash -c "$1" 2>&1; }
    # Processes sit in a leaf where controllers are handed down: beside groups there must be none.
    check_eq "which is its root" "0::/$(has memory && echo init.scope)" "$(in_lab 'grep ^0: /proc/self/cgroup')"
    check_eq "it makes groups and moves into them" "0::/mine" \
        "$(in_lab 'mkdir /sys/fs/cgroup/mine; echo $$ >/sys/fs/cgroup/mine/cgroup.procs; grep ^0: /proc/self/cgroup')"
    check_match "and does not reach the bounds" 'denied' "$(in_lab 'echo 1 >/sys/fs/cgroup/cgroup.freeze')"
    api DELETE "/slipway/sandboxes/$id" >/dev/null
    check "nothing is left of it" wait_for 5 eval '[ ! -d "$inner" ]'
else
    has memory || check_match "a lab machine without bounds is refused" 'memory|CPU CFS scheduler' "$(api POST /slipway/sandboxes -H 'Content-Type: application/json' -d '{"lab":"v2"}')"
fi

for name in $(S ps -aq); do S rm -f "$name" >/dev/null; done
engine_stop
check "no group is left when the engine has ended" [ ! -d "$parent" ]
finish
