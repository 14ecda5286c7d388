#!/bin/bash
# Containers made and removed over and over leave nothing on the machine: no mount, cgroup, process, namespace, key, state or file.
# SLIPWAY_CYCLES says how often (200; `make cycle-test`: 10,000). The same inside of one process: tests/unit/test_runtime_cycles.c.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

CYCLES=${SLIPWAY_CYCLES:-200} GROUP=slrt-$$ NAME=cycle$$
OCI="$B/slipway-oci --root $TMP/state"
# shellcheck disable=SC2086
R() { timeout 30 $OCI "$@" </dev/null; }
at_exit 'for id in $(R list -q 2>/dev/null); do R delete -f "$id"; done
         find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null'

mkdir -p "$TMP/run/rootfs/"{bin,dev,proc,sys} "$TMP/stay"
cp "$(command -v busybox)" "$TMP/run/rootfs/bin/busybox"
for applet in true sleep; do ln -s busybox "$TMP/run/rootfs/bin/$applet"; done
bundle() {
    jq --arg root "$TMP/run/rootfs" --arg group "/$GROUP/$1" '.process.terminal = false | .root.path = $root | .linux.cgroupsPath = $group
        | .process.args = $ARGS.positional | .linux.resources += {"memory": {"limit": 268435456}, "pids": {"limit": 50}}' \
        "$TMP/config.json" --args -- "${@:2}" >"$TMP/$1/config.json"
}
(cd "$TMP" && R spec)
bundle run true
bundle stay sleep 1000

# One that lives a whole life; else one that only runs.
life() { R create -b "$TMP/stay" "$1" >/dev/null 2>&1 && R start "$1" && R exec "$1" true && R pause "$1" && R resume "$1" && R kill "$1" KILL && R delete -f "$1"; }
cycle() { if [ $(($1 % 20)) = 0 ]; then life "$NAME-$1"; else R run -b "$TMP/run" "$NAME-$1"; fi; }

mounts() { wc -l </proc/self/mountinfo; }
# Objects of the kernel; it frees them a little later than the last of their users.
objects() { awk -v name="$1" '$1 == name {print $2}' /proc/slabinfo; }
network_namespaces=$(objects net_namespace) pid_namespaces=$(objects pid_namespace)
few_more() { [ "$(objects "$1")" -le $(($2 + CYCLES / 2 + 20)) ]; }
no_keys() { ! grep -q "_ses.$NAME" /proc/keys; }

cycle 20 && cycle 1
before=$(mounts) files=$(find "$TMP" | wc -l) failed=0
for i in $(seq "$CYCLES"); do cycle "$i" || failed=$((failed + 1)); done
check_eq "$CYCLES cycles: all of them work" 0 $failed
check_eq "no mount is left" "$before" "$(mounts)"
check_eq "no cgroup" "" "$(find /sys/fs/cgroup -type d -path "*/$GROUP/*" 2>/dev/null)"
check_eq "no state, and no file anywhere else" "$files" "$(find "$TMP" | wc -l)"
check_eq "no process" "" "$(pgrep -f -- "--root $TMP/state")"
check "no session keyring" wait_for 10 no_keys
if [ -n "$network_namespaces" ] && [ "$CYCLES" -ge 200 ]; then
    check "no network namespace" wait_for 10 few_more net_namespace "$network_namespaces"
    check "no pid namespace" wait_for 10 few_more pid_namespace "$pid_namespaces"
else
    skip "namespaces" "this kernel does not count them, or it is for 200 cycles and more"
fi
finish
