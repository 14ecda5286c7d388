#!/bin/bash
# `make bench`: Slipway beside docker.io and runc, in one run on one machine, alternating, so that the ratios mean something. Prints medians.
# RUNS=n sets how often each command is timed (21).
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "${SLIPWAY_BENCH_INSIDE:-}" != "$$" ]; then
    ./.make/packages.sh bench || exit 1
    [ "$(id -u)" = 0 ] || { echo "make bench: needs root" >&2; exit 1; }
    exec unshare --net --mount --propagation private bash -c 'ip link set lo up; export SLIPWAY_BENCH_INSIDE=$$; exec bash "$0"' "$0"
fi
B=$(realpath "${BUILD:-build}")
RUNS=${RUNS:-21}
TMP=$(mktemp -d /tmp/slipway-bench-XXXXXX)
DOCKER=$(command -v docker)
pids=

cleanup() {
    [ -z "${slipway_ready:-}" ] || "$B/slipway" -H "unix://$TMP/s.sock" ps -aq | xargs -r "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null 2>&1
    [ -z "${docker_ready:-}" ] || D ps -aq | xargs -r "$DOCKER" -H "unix://$TMP/d.sock" rm -f >/dev/null 2>&1
    for pid in $pids; do kill "$pid" 2>/dev/null; done
    for pid in $pids; do wait "$pid" 2>/dev/null; done
    sleep 0.5
    awk -v at="$TMP/" 'index($2, at) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null
    rm -rf --one-file-system "$TMP"
}
trap cleanup EXIT
D() { "$DOCKER" -H "unix://$TMP/d.sock" "$@"; }
S() { "$B/slipway" -H "unix://$TMP/s.sock" "$@"; }
answers() { for _ in $(seq 200); do curl -fs --unix-socket "$1" http://x/_ping >/dev/null && return 0; sleep 0.1; done; return 1; }

"$B/slipwayd" --data-root "$TMP/sd" --exec-root "$TMP/se" -H "unix://$TMP/s.sock" --bridge slb0 --bip 10.215.0.1/24 >"$TMP/s.log" 2>&1 &
slipwayd=$!; pids="$pids $slipwayd"
dockerd --data-root "$TMP/dd" --exec-root "$TMP/de" -H "unix://$TMP/d.sock" -p "$TMP/d.pid" --bip 10.216.0.1/24 >"$TMP/d.log" 2>&1 &
dockerd=$!; pids="$pids $dockerd"
answers "$TMP/s.sock" || { echo "slipwayd did not start:"; tail -5 "$TMP/s.log"; exit 1; }
slipway_ready=1
answers "$TMP/d.sock" || { echo "dockerd did not start:"; tail -5 "$TMP/d.log"; exit 1; }
docker_ready=1
D import "$B/images/busybox.tar" busybox:latest >/dev/null || exit 1
for _ in $(seq 100); do S images -q busybox 2>/dev/null | grep -q . && break; sleep 0.1; done

# Milliseconds of one command.
once() { local from=$EPOCHREALTIME to; "$@" >/dev/null 2>>"$TMP/errors" </dev/null || echo "failed: $*" >>"$TMP/errors"; to=$EPOCHREALTIME
    awk -v a="$from" -v b="$to" 'BEGIN {printf "%.2f\n", (b - a) * 1000}'; }
median() { sort -n "$1" | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.3f", a / b}'; }
row() { printf '%-44s %10s %10s %8s   %s\n' "$@"; }

# compare NAME TARGET COMMAND...: the same arguments for both engines, taken in turn.
compare() {
    local name=$1 target=$2; shift 2
    : >"$TMP/a"; : >"$TMP/b"
    once S "$@" >/dev/null; once D "$@" >/dev/null
    for _ in $(seq "$RUNS"); do once S "$@" >>"$TMP/a"; once D "$@" >>"$TMP/b"; done
    row "$name" "$(median "$TMP/a")" "$(median "$TMP/b")" "$(ratio "$(median "$TMP/a")" "$(median "$TMP/b")")" "$target"
}

echo "Medians of $RUNS runs, milliseconds; ratio = slipway / docker.io $(D version -f '{{.Server.Version}}')"
row "what" slipway docker ratio target
compare "run --rm --network none busybox true" "<= 0.100" run --rm --network none busybox true
compare "run --rm busybox true" "<= 0.100" run --rm busybox true
S run -d --name bench busybox sleep 1000 >/dev/null; D run -d --name bench busybox sleep 1000 >/dev/null
compare "exec busybox true" "" exec bench true
compare "ps" "" ps

# The runtimes alone, on the same bundle.
bundle=$TMP/bundle; mkdir -p "$bundle/rootfs"; tar -xf "$B/images/busybox.tar" -C "$bundle/rootfs"
(cd "$bundle" && runc spec && jq '.process.terminal = false | .process.args = ["true"]' config.json >c && mv c config.json)
: >"$TMP/a"; : >"$TMP/b"; : >"$TMP/c"
# crun refuses the hybrid layout of cgroups that some machines have.
crun --root "$TMP/crun" run --bundle "$bundle" c0 >/dev/null 2>&1 && crun_works=1
for i in $(seq "$RUNS"); do
    once "$B/slipway-oci" --root "$TMP/oci" run --bundle "$bundle" "o$i" >>"$TMP/a"
    once runc --root "$TMP/runc" run --bundle "$bundle" "r$i" >>"$TMP/b"
    [ -z "${crun_works:-}" ] || once crun --root "$TMP/crun" run --bundle "$bundle" "c$i" >>"$TMP/c"
done
row "slipway-oci run (runc $(runc --version | awk 'NR == 1 {print $3}'))" "$(median "$TMP/a")" "$(median "$TMP/b")" "$(ratio "$(median "$TMP/a")" "$(median "$TMP/b")")" ""
if [ -n "${crun_works:-}" ]; then
    row "slipway-oci run (crun)" "$(median "$TMP/a")" "$(median "$TMP/c")" "$(ratio "$(median "$TMP/a")" "$(median "$TMP/c")")" ""
else
    echo "slipway-oci run (crun): crun does not run on this machine's cgroups"
fi

echo; echo "Resident memory, KiB, with 20 idle containers each"
for i in $(seq 19); do S run -d busybox sleep 1000 >/dev/null; D run -d busybox sleep 1000 >/dev/null; done
rss() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
rss_of() { local sum=0 n=0 pid; for pid in "$@"; do sum=$((sum + $(rss "$pid"))); n=$((n + 1)); done; echo $((n ? sum / n : 0)); }
containerd=$(pgrep -P "$dockerd" -x containerd)
row "what" slipway docker ratio target
a=$(rss "$slipwayd") b=$(($(rss "$dockerd") + $(rss "$containerd")))
row "daemon (docker: dockerd + containerd)" "$a" "$b" "$(ratio "$a" "$b")" "<= 0.125"
# shellcheck disable=SC2046
a=$(rss_of $(pgrep -f "slipway-shim.*$TMP/se")) b=$(rss_of $(pgrep -f "containerd-shim.*$TMP/de"))
row "one shim" "$a" "$b" "$(ratio "$a" "$b")" "<= 0.125"

echo; echo "Terminal UI with 20 containers on show"
export SLIPWAY_HOST=unix://$TMP/s.sock SLIPWAY_CLASS_SOCKET=$TMP/class.sock SLIPWAY_CLASS_DB=$TMP/class.db TMUX_TMPDIR=$TMP
"$B/slipway" exam list >/dev/null 2>&1
tmux -f /dev/null new-session -d -x 120 -y 40 "sleep 1000"
: >"$TMP/a"
for _ in 1 2 3 4 5 6 7; do
    rm -f "$TMP/trace"
    from=$EPOCHREALTIME
    tmux respawn-pane -k "SLIPWAY_TUI_TRACE=$TMP/trace exec $B/slipway"
    until [ -s "$TMP/trace" ]; do sleep 0.002; done
    awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f\n", (b - a) * 1000}' >>"$TMP/a"
done
tmux send-keys 4 # the containers, whose figures are read once a second
sleep 2
ui() { pgrep -f "^$B/slipway\$"; }
[ "$(ui | wc -l)" -ge 1 ] || { echo "the UI is not running"; exit 1; }
ticks() { local sum=0 pid; for pid in $(ui); do sum=$((sum + $(awk '{print $14 + $15}' "/proc/$pid/stat"))); done; echo $sum; }
engine_ticks() { awk '{print $14 + $15}' "/proc/$slipwayd/stat"; }
a=$(ticks) b=$(engine_ticks); sleep 10; a=$(($(ticks) - a)) b=$(($(engine_ticks) - b))
echo "first screen: $(median "$TMP/a") ms (target 100)"
echo "idle: UI $(awk -v t=$a 'BEGIN {printf "%.2f", t / 10}') %, engine $(awk -v t=$b 'BEGIN {printf "%.2f", t / 10}') % of one core over 10 s (target 1)"
tmux kill-server
[ -f "$TMP/class.pid" ] && kill "$(cat "$TMP/class.pid")"
[ -s "$TMP/errors" ] && { echo; echo "Problems seen:"; sort "$TMP/errors" | uniq -c | head -10; }
exit 0
