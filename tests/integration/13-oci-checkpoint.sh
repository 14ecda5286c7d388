#!/bin/bash
# Checkpoint and restore through CRIU: a counter goes on where it was. Where CRIU is missing or cannot do it, its reason is told, and the
# container is as it was.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"

plain='del(.linux.seccomp) | .linux.namespaces |= map(select(.type != "network")) | .root.readonly = false'
bundle count "$plain" 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.1; done'
run() { R create -b "$TMP/count" "$1" </dev/null >"$TMP/out" 2>&1 && R start "$1"; }
count() { R exec "$1" cat /tmp/count; }
counting() { [ "$(count "$1")" -gt "$2" ]; }
check_match "of a container that is not there" 'container "none" does not exist' "$(R checkpoint none 2>&1)"
run first; check "a container counts" wait_for 10 counting first 3
check_match "an unknown way with cgroups" 'invalid manage-cgroups mode "some"' "$(R checkpoint --image-path "$TMP/i" --manage-cgroups-mode some first 2>&1)"
check_match "without criu: what to install" "need CRIU, and there is no criu in .PATH: install the package criu" "$(PATH=/nowhere "$B/slipway-oci" --root "$TMP/state" checkpoint --image-path "$TMP/i" first 2>&1)"
check_match "restore of what is no checkpoint" "holds no checkpoint|need CRIU" "$(mkdir -p "$TMP/empty"; R restore -b "$TMP/count" --image-path "$TMP/empty" other 2>&1)"
check_eq "and nothing is left of it" first "$(R list -q)"
if ! command -v criu >/dev/null; then
    skip "checkpoint and restore" "CRIU is missing"
elif ! out=$(R checkpoint --image-path "$TMP/images" --leave-running first 2>&1); then
    check_match "a kernel that CRIU cannot do it on: its reason, and where its log is" "criu dump: exit code 1: .+ \(see $TMP/images/dump.log\)" "$out"
    skip "checkpoint and restore" "${out#*: }"
    check "the container goes on" wait_for 10 counting first "$(count first)"
else
    before=$(count first)
    check "--leave-running: it goes on" wait_for 10 counting first "$before"
    check "its images are there" test -s "$TMP/images/pstree.img"
    check "--pre-dump" R checkpoint --image-path "$TMP/pre" --pre-dump first
    check "it goes on" wait_for 10 counting first "$before"
    check "--parent-path: with an earlier one" R checkpoint --image-path "$TMP/full" --parent-path ../pre --work-path "$TMP/work" first
    check_eq "the container is gone" "" "$(R list -q; groups_left c)"
    check "--work-path has the log" test -s "$TMP/work/dump.log"
    was=$(sed -n 1p "$TMP/rootfs/tmp/count")
    # Its streams were a file, and so they must be again.
    R restore -d -b "$TMP/count" --image-path "$TMP/full" --work-path "$TMP/work" --pid-file "$TMP/pid" second >"$TMP/out" 2>&1 ||
        { not_ok "restore" "$(cat "$TMP/out")" "$(grep -m3 Error "$TMP/work/restore.log")"; finish; }
    ok "restore"
    check_eq "it runs under its new name" "running $(cat "$TMP/pid")" "$(R state second | jq -r '"\(.status) \(.pid)"')"
    check "it goes on from where it was" wait_for 10 counting second "$was"
    check_eq "in a pid namespace of its own" 1 "$(R exec second sh -c 'pidof sh | tr " " "\n" | grep -cx 1')"
    check_match "in its cgroup" "/$GROUP/c" "$(cat "/proc/$(cat "$TMP/pid")/cgroup")"
    check "checkpoint and restore once more" R checkpoint --image-path "$TMP/again" second
    again() { R restore -d -b "$TMP/count" --image-path "$TMP/again" second >"$TMP/out" 2>&1; }
    check "and the same id" again
    R delete -f second
fi
R delete -f first
check_eq "nothing is left" "" "$(R list -q; groups_left c)"
finish
