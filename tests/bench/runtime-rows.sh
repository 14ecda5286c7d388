# Run by runtime.sh in a mount namespace of its own, with world.sh's functions.
# shellcheck shell=bash
set -u
group=slipway-bench-$$
[ ! -d /sys/fs/cgroup/memory ] || umount /sys/fs/cgroup/unified 2>/dev/null
states=$TMP/runtime-states; mkdir -p "$states"; mount -t tmpfs -o size=64m states "$states"
trap 'for id in $(O list -q); do O delete -f "$id"; done; find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null; umount "$states"' EXIT

bundle=$TMP/bundle; mkdir -p "$bundle/rootfs"; tar -xf "$B/images/busybox.tar" -C "$bundle/rootfs"
O() { "$B/slipway-oci" --root "$states/slipway" "$@"; }
(cd "$bundle" && O spec && jq --arg group "/$group/c" '.ociVersion = "1.0.2" | .process.terminal = false | .process.noNewPrivileges = false
    | .process.args = ["true"] | .linux.cgroupsPath = $group | .linux.resources += {"memory": {"limit": 268435456}, "pids": {"limit": 100},
      "cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0"}}' config.json >c && mv c config.json)
serial=0
run_with() { serial=$((serial + 1)); "$1" --root "$states/$(basename "$1")" run --bundle "$bundle" "b$serial"; }
ours() { serial=$((serial + 1)); O run --bundle "$bundle" "b$serial"; }
# another bundle NAME COMMAND...: the same with another command, in a group of its own
another() {
    local name=$1; shift
    mkdir -p "$TMP/$name"
    jq --arg group "/$group/$name" --arg root "$bundle/rootfs" '.process.args = $ARGS.positional | .root.path = $root | .linux.cgroupsPath = $group' \
        "$bundle/config.json" --args -- "$@" >"$TMP/$name/config.json"
}

with_crun=
heading "Runtime, run of one bundle: all namespaces, Docker's mounts, profile and capabilities, all cgroups with limits" slipway-oci peer
theirs() { run_with runc; }
versus "run true / runc $(runc --version | awk 'NR == 1 {print $3}')" "<= 0.2" ours theirs
theirs() { run_with crun; }
if theirs >/dev/null 2>&1; then
    with_crun=1
    versus "run true / crun $(crun --version | awk 'NR == 1 {print $3}')" "<= 0.333" ours theirs
else
    echo "crun does not run on this machine's cgroups"
fi
filter=$(find "$states/slipway/.seccomp" -name '*.bpf' | head -1)
theirs() { "$TMP/floor" "$bundle/rootfs" "$filter"; }
versus "run true / tests/bench/floor.c" "<= 1.3" ours theirs
steps_on() { serial=$((serial + 1)); O --debug run --bundle "$bundle" "b$serial" 2>/dev/null; }
versus "run --debug: every step shown / run" "" steps_on ours

another long sleep 1000
O run -d --bundle "$TMP/long" long </dev/null >/dev/null 2>&1
ours() { O exec long true; }
runc --root "$states/runc" run -d --bundle "$TMP/long" long </dev/null >/dev/null 2>&1
theirs() { runc --root "$states/runc" exec long true; }
versus "exec true / runc" "<= 0.1" ours theirs
if [ "$with_crun" ]; then
    crun --root "$states/crun" run -d --bundle "$TMP/long" long </dev/null >/dev/null 2>&1
    theirs() { crun --root "$states/crun" exec long true; }
    versus "exec true / crun" "<= 0.333" ours theirs
    ours() { O state long; }
    theirs() { crun --root "$states/crun" state long; }
    versus "state / crun" "<= 1" ours theirs
    crun --root "$states/crun" delete -f long
fi
runc --root "$states/runc" delete -f long; O delete -f long

# Memory: the most that the process of `run` ever had, and what remains after `create`.
another still sleep 1000
O run --bundle "$TMP/still" still </dev/null >/dev/null 2>&1 &
for _ in $(seq 100); do [ "$(O state still 2>/dev/null | jq -r .status)" = running ] && break; sleep 0.05; done
row "most memory of the runtime while it runs one, MB" "$(awk '/VmHWM/ {printf "%.2f", $2 / 1024}' /proc/$!/status)" "" "" "< 4"
O kill still KILL; wait $!
O create --bundle "$TMP/still" still </dev/null >/dev/null 2>&1
row "processes of the runtime after create, but the one that waits" \
    "$(($(pgrep -fc -- "--root $states/slipway") - 1))" "" "" "<= 0"
O delete -f still

# Many at once: a start must not cost more because there are others.
many=${MANY_RUNTIME:-500}
heading "$many containers by slipway-oci: started, listed, deleted" last first
start_one() { jq --arg group "/$group/m$1" '.linux.cgroupsPath = $group' "$TMP/still/config.json" >"$TMP/many/config.json"; once start "$1"; }
start() { O run -d --bundle "$TMP/many" "m$1"; }
bare() { "$TMP/floor" "$bundle/rootfs" "$filter"; }
bare_times() { for _ in $(seq 25); do once bare; done >"$1"; }
mkdir -p "$TMP/many"; : >"$TMP/many.ms"
bare_times "$TMP/bare-alone"
for i in $(seq "$many"); do start_one "$i" >>"$TMP/many.ms"; done
head -25 "$TMP/many.ms" >"$TMP/a"; tail -25 "$TMP/many.ms" >"$TMP/b"
result "start, median of 25" "<= 1.3" "$(median "$TMP/b")" "$(median "$TMP/a")"
# What of it is the kernel's, which goes through all groups, file systems and processes of the machine here and there.
bare_times "$TMP/bare-among"
result "  tests/bench/floor.c, with the $many there / with none" "" "$(median "$TMP/bare-among")" "$(median "$TMP/bare-alone")"
row "list of $many, milliseconds" "$(once O list)" "" "" ""
row "  each" "$(for _ in 1 2 3 4 5; do once O list; done | sort -n | awk -v n="$many" 'NR == 3 {printf "%.3f", $1 / n}')" "" "" ""
: >"$TMP/many.ms"
for i in $(seq "$many"); do once O delete -f "m$i" >>"$TMP/many.ms"; done
head -25 "$TMP/many.ms" >"$TMP/b"; tail -25 "$TMP/many.ms" >"$TMP/a"
result "delete -f, of the first 25 while all were there / last 25" "<= 1.3" "$(median "$TMP/b")" "$(median "$TMP/a")"
