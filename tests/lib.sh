# Sourced by every integration test. The script runs in its own network and mount namespaces, so that no rule, bridge or mount
# of the machine is touched; whatever it started is ended and removed on exit, also when it fails.
# shellcheck shell=bash
set -u

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
B=${BUILD:-$ROOT/build}
case $B in /*) ;; *) B=$ROOT/$B ;; esac
export BUILD=$B

if [ "${SLIPWAY_TEST_INSIDE:-}" != "$$" ]; then
    [ "$(id -u)" = 0 ] || { echo "skip - $(basename "$0"): needs root"; exit 0; }
    exec unshare --net --mount --propagation private env bash -c \
        'ip link set lo up; export SLIPWAY_TEST_INSIDE=$$; exec bash "$@"' bash "$0" "$@"
fi

TEST=$(basename "$0" .sh)
TMP=$(mktemp -d "/tmp/slt-$TEST-XXXXXX")
export SLIPWAY_CONTENT=$ROOT TMPDIR=$TMP XDG_RUNTIME_DIR=$TMP SLIPWAY_CLASS_SOCKET=$TMP/class.sock SLIPWAY_CLASS_DB=$TMP/class.db
# The same whoever runs it: a pattern's "." is a character, not a byte, and `script` starts what it always does.
unset LC_ALL LANGUAGE; export LANG=C.UTF-8 SHELL=/bin/bash
export PATH="$B:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
REAL_DOCKER=$(PATH=${PATH#"$B":} command -v docker || true)
ENGINE_PID= ; FAILED=0
# The lock of iptables is the machine's, and the rules here are our own: so is the lock, whoever else holds theirs.
: >"$TMP/xtables.lock"; [ -e /run/xtables.lock ] || : >/run/xtables.lock; mount --bind "$TMP/xtables.lock" /run/xtables.lock
DATA=$TMP/data EXEC=$TMP/exec SOCK=$TMP/slipway.sock

S() { "$B/slipway" "$@"; }
D() { "$REAL_DOCKER" "$@"; }
have_docker() { [ -n "$REAL_DOCKER" ]; }

ok() { echo "ok - $TEST: $1"; }
not_ok() { FAILED=$((FAILED + 1)); echo "not ok - $TEST: $1"; shift; [ $# -gt 0 ] && printf '#   %s\n' "$@"; return 0; }
skip() { echo "skip - $TEST: $1 ($2)"; }

check() { local name=$1 out; shift; if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "command: $*" "exit: $?" "output: $out"; fi; }
check_rc() { local name=$1 want=$2 out rc; shift 2; out=$("$@" 2>&1 </dev/null); rc=$?
    if [ "$rc" = "$want" ]; then ok "$name"; else not_ok "$name" "command: $*" "exit: $rc, wanted $want" "output: $out"; fi; }
check_eq() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted: $2" "got:    $3"; fi; }
# matches REGEX TEXT: one of its lines does. No grep is started for it where the text is short and the shell knows the pattern.
matches() {
    local line rc=2
    [ ${#2} -gt 2000 ] || [[ $1 == *$'\n'* ]] || while IFS= read -r line; do
        [[ $line =~ $1 ]]; rc=$?
        [ $rc = 1 ] || break
    done <<<"$2"
    [ $rc = 2 ] || return $rc
    grep -Eq -- "$1" <<<"$2"
}
check_match() { if matches "$2" "$3"; then ok "$1"; else not_ok "$1" "wanted a match of: $2" "got: $3"; fi; }
check_no_match() { matches "$2" "$3"; if [ $? = 1 ]; then ok "$1"; else not_ok "$1" "unwanted match of (or no pattern): $2" "got: $3"; fi; }

# ticks PID: hundredths of a second of a core that it used. at_rest PID TICKS SECONDS: it comes to a stretch of so many seconds in
# which it uses no more (what was begun before may still be ending).
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
at_rest() { local before; for _ in 1 2 3 4 5 6; do before=$(ticks "$1"); sleep "$3"; [ $(($(ticks "$1") - before)) -le "$2" ] && return; done; return 1; }

# wait_for SECONDS COMMAND: until it succeeds; the limit is for an idle machine, and six times that is waited before it counts as never
# (and PATIENCE times as long where the programs are watched).
wait_for() { local end=$((SECONDS + 6 * $1 * ${PATIENCE:-1})); shift; until "$@" >/dev/null 2>&1; do [ $SECONDS -ge $end ] && return 1; sleep 0.05; done; }

# program NAME: where tests/NAME.c is as a program; it is made here where `make` did not.
program() {
    local at=$B/tests/programs/$1
    [ -x "$at" ] || { at=$TMP/$1; gcc -O1 -static -D_GNU_SOURCE -o "$at" "$ROOT/tests/$1.c" || return; }
    echo "$at"
}

engine_start() {
    "$B/slipwayd" --data-root "$DATA" --exec-root "$EXEC" -H "unix://$SOCK" --bridge slt0 --bip 10.213.0.1/24 "$@" >>"$TMP/engine.log" 2>&1 &
    ENGINE_PID=$!
    export DOCKER_HOST=unix://$SOCK SLIPWAY_HOST=unix://$SOCK
    if ! wait_for 20 curl -fs --unix-socket "$SOCK" http://d/_ping; then
        not_ok "engine starts" "$(tail -5 "$TMP/engine.log")"; exit 1
    fi
}
engine_kill9() { kill -9 "$ENGINE_PID"; wait "$ENGINE_PID" 2>/dev/null; ENGINE_PID=; }
engine_stop() { [ -n "$ENGINE_PID" ] || return 0; kill -TERM "$ENGINE_PID" 2>/dev/null; wait "$ENGINE_PID" 2>/dev/null; ENGINE_PID=; }
api() { curl -s --unix-socket "$SOCK" -X "$1" "http://d$2" "${@:3}"; }

# What an engine with this exec root made in the cgroup trees (its group is named by the root's hash): processes and groups.
groups_remove() {
    local group
    group=slipway-$(printf %s "$1" | sha256sum | cut -c1-8)
    # A frozen process cannot even be killed (cgroup v1).
    find /sys/fs/cgroup/freezer -path "*/$group/*" -name freezer.state -exec sh -c 'for f; do echo THAWED >"$f"; done' sh {} + 2>/dev/null
    find /sys/fs/cgroup -path "*/$group*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -9 2>/dev/null
    for _ in 1 2 3 4 5; do
        find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null
        [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$group" -print -quit)" ] && return
        sleep 0.1
    done
}

# at_exit COMMAND: before this test's own engine and files go, the last one first; whatever it returns is nobody's result.
AT_EXIT=()
at_exit() { AT_EXIT=("$1" "${AT_EXIT[@]}"); }

# Everything that still belongs to this test: its containers, its engine, its shims (known by their state directory), its school.
cleanup() {
    local rc=$? pid root command
    for command in "${AT_EXIT[@]}"; do eval "$command"; done
    if [ -n "$ENGINE_PID" ] && kill -0 "$ENGINE_PID" 2>/dev/null; then
        timeout 20 "$B/slipway" ps -aq 2>/dev/null | while read -r id; do timeout 20 "$B/slipway" rm -f "$id" >/dev/null 2>&1; done
        api GET /slipway/sandboxes 2>/dev/null | jq -r '.[].Id' 2>/dev/null | while read -r id; do api DELETE "/slipway/sandboxes/$id" >/dev/null; done
        engine_stop
    fi
    # A class's server that is killed comes back; one that is asked to end does not.
    if pid=$(cat "$TMP/run/class.pid" 2>/dev/null); then
        kill "$pid" 2>/dev/null; for _ in $(seq 40); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
    fi
    for pid in $(pgrep -f -- "$TMP/"); do [ "$pid" != $$ ] && [ "$pid" != "$BASHPID" ] && kill -9 "$pid" 2>/dev/null; done
    [ -f "$TMP/class.pid" ] && kill "$(cat "$TMP/class.pid")" 2>/dev/null
    for root in "$EXEC" "$TMP"/*exec*; do groups_remove "$root"; done
    [ "${KEEP:-}" ] || rm -rf --one-file-system "$TMP" 2>/dev/null
    exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

finish() { [ "$FAILED" = 0 ]; exit; }
