#!/bin/bash
# Checkpoint and restore through CRIU: a counter goes on where it was. Where CRIU is missing or cannot do it, its reason is told, and the
# container is as it was.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"

plain='del(.linux.seccomp) | .linux.namespaces |= map(select(.type != "network")) | .root.readonly = false'
bundle count "$plain" 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/next; mv /tmp/next /tmp/count; sleep 0.1; done' # never read while it is written
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

# --- what becomes of a restore, with a stand-in for CRIU that makes a process which sleeps ----------------------------------------
mkdir "$TMP/stand-in" "$TMP/asleep"
cat >"$TMP/stand-in/criu" <<'END'
#!/bin/bash
for arg; do case $arg in --pidfile=*) file=${arg#*=} ;; esac; done
sleep 3000 </dev/null >/dev/null 2>&1 &
echo $! | tee -a "${0%/*}/pids" >"$file"
END
chmod +x "$TMP/stand-in/criu"
echo '{"streams":[null,null,null]}' >"$TMP/asleep/slipway.json"
at_exit '[ ! -f "$TMP/stand-in/pids" ] || xargs kill <"$TMP/stand-in/pids" 2>/dev/null'
sleeper() { tail -1 "$TMP/stand-in/pids"; }
bundle twin "$plain | .linux.cgroupsPath = \"/$GROUP/twin\"" 'sleep 3000'
# revive ARGS: takes the place of the shell that it is called in
revive() { PATH=$TMP/stand-in:$PATH exec $OCI restore -b "$TMP/twin" --image-path "$TMP/asleep" "$@" </dev/null; }
check_match "a restore that cannot write the pid down fails" "$TMP/none/" "$(revive --pid-file "$TMP/none/pid" half 2>&1)"
check_eq "and what CRIU had made is gone" "gone" "$([ -d "/proc/$(sleeper)" ] || echo gone)"
check_eq "and its container" "" "$(R list -q; groups_left twin)"
revive twin >"$TMP/twin.out" 2>&1 & stays=$!
check "a restore stays with its container" wait_for 10 is twin running
kill "$(sleeper)"; wait "$stays"
check_eq "and ends with it, exit code and all" 143 $?
check_eq "of which nothing is left then" "" "$(R list -q; groups_left twin)"
revive twin >"$TMP/twin.out" 2>&1 & stays=$!
check "once more" wait_for 10 is twin running
kill -STOP "$stays"
R delete -f twin
R create -b "$TMP/twin" twin >"$TMP/out" 2>&1 && R start twin
kill -CONT "$stays"; wait "$stays"
check_eq "another container of the name, made meanwhile, is let alone" running "$(status twin)"
R delete -f twin
check_eq "nothing is left" "" "$(R list -q; groups_left c)"
finish
