# Sourced by run.sh: both engines, each with roots, socket and bridge of its own in a private network namespace, and how to time
# them in turn. `S` and `D` are the two clients; $TMP is the run's directory; everything is taken down on exit.
# shellcheck shell=bash
B=$(realpath "${BUILD:-build}")
RUNS=${RUNS:-21}
TMP=$(mktemp -d /tmp/slipway-bench-XXXXXX)
# A file system of its own, in a file: how fast files are made depends on what was removed from one before (ext4 without a journal
# looks at every inode that was freed in the last minutes), and on what others do with it meanwhile.
disk=$TMP.ext4
if truncate -s 12G "$disk" && mkfs.ext4 -q -F "$disk" 2>/dev/null && mount -o loop "$disk" "$TMP" 2>/dev/null; then
    rmdir "$TMP/lost+found"
else
    echo "(no loop device, or no mkfs.ext4: on the file system of $TMP)"; rm -f "$disk"
fi
DOCKER=$(PATH=${PATH#"$B":} command -v docker)
pids=

cleanup() {
    [ -z "${slipway_ready:-}" ] || S ps -aq | xargs -r "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null 2>&1
    [ -z "${docker_ready:-}" ] || D ps -aq | xargs -r "$DOCKER" -H "unix://$TMP/d.sock" rm -f >/dev/null 2>&1
    [ ! -f "$TMP/class.pid" ] || kill "$(cat "$TMP/class.pid")" 2>/dev/null # the school that a lab's progress started
    for pid in $pids; do kill "$pid" 2>/dev/null; done
    for pid in $pids; do wait "$pid" 2>/dev/null; done
    sleep 0.5
    awk -v at="$TMP/" 'index($2, at) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null
    # What dockerd leaves of the cgroup that was its own here.
    find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "${TMP##*/}" -exec rmdir {} + 2>/dev/null
    if mountpoint -q "$TMP"; then umount "$TMP" || umount -l "$TMP"; fi
    rm -rf --one-file-system "$TMP" "$disk"
}
D() { "$DOCKER" -H "unix://$TMP/d.sock" "$@"; }
S() { "$B/slipway" -H "unix://$TMP/s.sock" "$@"; }
answers() { for _ in $(seq 200); do curl -fs --unix-socket "$1" http://x/_ping >/dev/null && return 0; sleep 0.1; done; return 1; }

engines_start() {
    "$B/slipwayd" --data-root "$TMP/sd" --exec-root "$TMP/se" -H "unix://$TMP/s.sock" --bridge slb0 --bip 10.215.0.1/20 >"$TMP/s.log" 2>&1 &
    slipwayd=$!; pids="$pids $slipwayd"
    dockerd --data-root "$TMP/dd" --exec-root "$TMP/de" -H "unix://$TMP/d.sock" -p "$TMP/d.pid" --bip 10.216.0.1/20 --cgroup-parent "/${TMP##*/}" >"$TMP/d.log" 2>&1 &
    dockerd=$!; pids="$pids $dockerd"
    answers "$TMP/s.sock" || { echo "slipwayd did not start:"; tail -5 "$TMP/s.log"; exit 1; }
    slipway_ready=1
    answers "$TMP/d.sock" || { echo "dockerd did not start:"; tail -5 "$TMP/d.log"; exit 1; }
    docker_ready=1
    D import "$B/images/busybox.tar" busybox:latest >/dev/null || exit 1
    for _ in $(seq 100); do S images -q busybox 2>/dev/null | grep -q . && break; sleep 0.1; done
}

# Milliseconds of one command.
once() { local from=$EPOCHREALTIME to; "$@" >/dev/null 2>>"$TMP/errors" </dev/null || echo "failed: $*" >>"$TMP/errors"; to=$EPOCHREALTIME
    awk -v a="$from" -v b="$to" 'BEGIN {printf "%.2f\n", (b - a) * 1000}'; }
median() { sort -n "$1" | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.3f", a / b}'; }
# verdict FIGURE TARGET: "met" or "MISSED" when the target is a bound ("<= 0.5", "< 64", ">= 200"), else nothing.
verdict() { awk -v figure="$1" -v target="$2" 'BEGIN {
    if (figure == "" || !match(target, /^[<>]=? *[0-9.]+/)) exit
    split(substr(target, 1, RLENGTH), part, /[<>= ]+/); bound = part[2] + 0; figure += 0
    met = target ~ /^<=/ ? figure <= bound : target ~ /^</ ? figure < bound : target ~ /^>=/ ? figure >= bound : figure > bound
    print met ? "met" : "MISSED" }'; }
# row WHAT OURS THEIRS RATIO TARGET: the target is one of the ratio; of our figure where there is none, or when it has a unit.
row() {
    local figure=${4:-$2}
    case $5 in *MB/s) figure=$2 ;; esac
    printf '%-52s %10s %10s %8s   %-14s %s\n' "$@" "$(verdict "$figure" "$5")"
}
titles() { printf '%-52s %10s %10s %8s   %-14s %s\n' "what" "${1:-slipway}" "${2:-docker}" ratio target verdict; }
heading() { echo; echo "$1"; titles "${2:-}" "${3:-}"; }
result() { row "$1" "$3" "$4" "$(ratio "$3" "$4")" "$2"; }

# versus NAME TARGET OURS THEIRS: two functions taken in turn, RUNS times each.
versus() {
    : >"$TMP/a"; : >"$TMP/b"
    once "$3" >/dev/null; once "$4" >/dev/null
    for _ in $(seq "$RUNS"); do once "$3" >>"$TMP/a"; once "$4" >>"$TMP/b"; done
    result "$1" "$2" "$(median "$TMP/a")" "$(median "$TMP/b")"
}

# compare NAME TARGET COMMAND...: the same arguments for both clients, each with its engine.
compare() {
    local name=$1 target=$2; shift 2
    local words=("$@")
    ours() { S "${words[@]}"; }
    theirs() { D "${words[@]}"; }
    versus "$name" "$target" ours theirs
}

# compare_engines NAME TARGET COMMAND...: docker's client with both engines.
compare_engines() {
    local name=$1 target=$2; shift 2
    local words=("$@")
    ours() { "$DOCKER" -H "unix://$TMP/s.sock" "${words[@]}"; }
    theirs() { D "${words[@]}"; }
    versus "$name" "$target" ours theirs
}
