#!/bin/bash
# slipway-oci is killed as it is about to make a system call, at one after the other: what is left is told and can be deleted, with all
# that belonged to it. STRIDE=1 tries every system call; as a rule each run tries some of them, other ones each time.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../oci.sh"
KILLER=$(program killer 2>"$TMP/log") || { not_ok "the killer compiles" "$(head -5 "$TMP/log")"; exit 1; }
NAP=$((100000 + $$)) # nobody else sleeps as long
bundle stays . "exec sleep $NAP"
K() { timeout 60 "$KILLER" "$1" $OCI "${@:2}" </dev/null >>"$TMP/out" 2>&1; }
calls() { timeout 60 "$KILLER" 0 $OCI "$@" </dev/null 9>"$TMP/calls" >>"$TMP/out" 2>&1; cat "$TMP/calls"; }
left() { ls -A "$TMP/state" 2>/dev/null | grep -v '^\.seccomp$'; groups_left c; pgrep -f "^sleep $NAP"; }
# What there is after a kill must make sense, and go.
judge() {
    local state rc
    state=$(R state it 2>/dev/null); rc=$?
    if [ $rc = 0 ]; then
        state=$(jq -r .status <<<"$state")
        case $state in
        creating | created | running | stopped) ;;
        *) echo "$1: the state is $state" ;;
        esac
        # What says that it is created can be started.
        [ "$state" != created ] || R start it || echo "$1: created, but it does not start"
        # Of `run`, the process waits for its maker after it is known, and ends with it.
        [ "$state" != running ] || R exec it true 2>"$TMP/why" || is it stopped || echo "$1: running, but: $(cat "$TMP/why")"
    fi
    R delete -f it 2>"$TMP/why" || echo "$1: delete -f fails: $(cat "$TMP/why")"
    wait_for 5 eval '[ -z "$(left)" ]' || echo "$1: left behind: $(left | xargs)"
}
# killed NAME PREPARE COMMAND...: at one system call after another
killed() {
    local name=$1 prepare=$2 at count wrong="" tried=0; shift 2
    eval "$prepare"; count=$(calls "$@"); R delete -f it
    local stride=${STRIDE:-$((count / 10 + 1))}
    for ((at = 1 + RANDOM % stride; at <= count; at += stride)); do
        eval "$prepare"
        K "$at" "$@"
        wrong+=$(judge "$name, killed at system call $at of $count"); tried=$((tried + 1))
    done
    check_eq "$name: killed anywhere, it leaves nothing that cannot be told and deleted" "" "$wrong"
    [ $tried -gt 5 ] || not_ok "$name: it is killed often enough" "$tried times of $count"
}
R run -d -b "$TMP/stays" warm >/dev/null 2>&1; R delete -f warm # the seccomp program is in its cache now
killed create : create -b "$TMP/stays" it
killed "run -d" : run -d -b "$TMP/stays" it
killed start 'R create -b "$TMP/stays" it >/dev/null 2>&1' start it
killed "delete -f" 'background stays it' delete -f it
killed "delete of one that is stopped" 'background stays it; R kill it KILL; wait_for 5 is it stopped' delete it
finish
