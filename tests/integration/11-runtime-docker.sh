#!/bin/bash
# Docker's own daemon, with its containerd, drives slipway-oci as it drives runc: everyday invocations.
. "$(dirname "$0")/../lib.sh"

dockerd=$(command -v dockerd)
[ -n "$dockerd" ] && have_docker || { skip "docker on slipway-oci" "docker.io is not installed (make test installs it where Debian has it)"; exit 0; }
GROUP=${TMP##*/}
docker_stop() {
    [ -z "${DOCKERD:-}" ] || { timeout 60 "$REAL_DOCKER" -H "unix://$TMP/d.sock" ps -aq | xargs -r timeout 60 "$REAL_DOCKER" -H "unix://$TMP/d.sock" rm -f >/dev/null 2>&1
        kill "$DOCKERD" 2>/dev/null; wait "$DOCKERD"; }
    awk -v at="$TMP/" 'index($2, at) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null
    wait_for 2 eval "find /sys/fs/cgroup -depth -type d -path '*/$GROUP*' -exec rmdir {} + 2>/dev/null; [ -z \"\$(find /sys/fs/cgroup -type d -name $GROUP -print -quit)\" ]"
}
at_exit 'docker_stop'
docker_start() {
    "$dockerd" --data-root "$TMP/dd" --exec-root "$TMP/de" -H "unix://$TMP/d.sock" -p "$TMP/d.pid" --bip 10.217.0.1/24 --storage-driver "$1" \
        --cgroup-parent "/$GROUP" --add-runtime "slipway=$B/slipway-oci" --default-runtime slipway >"$TMP/d.log" 2>&1 &
    DOCKERD=$!
    wait_for 30 curl -fs --unix-socket "$TMP/d.sock" http://d/_ping
}
CLIENT=("$REAL_DOCKER" -H "unix://$TMP/d.sock") OWN=(--network none)
. "$(dirname "$0")/../everyday.sh"
docker_start overlay2 || { docker_stop; docker_start vfs; } ||
    { skip "docker on slipway-oci" "its daemon does not run here: $(tail -1 "$TMP/d.log")"; exit 0; }
C import "$B/images/busybox.tar" busybox >/dev/null
check_eq "docker takes slipway-oci for a runtime" slipway "$(C info --format '{{.DefaultRuntime}}')"

# --- once ---------------------------------------------------------------------------------------------------------------------
once_each
see "run --runtime" "^hello$" --runtime=slipway busybox echo hello
see "run --init" "docker-init" --init busybox ps
see "run --ulimit" "^100$" --ulimit nofile=100:200 busybox sh -c 'ulimit -n'
see "run --userns host" "^ +0 +0 " --userns host busybox cat /proc/self/uid_map
see "run --shm-size" " 1024 " --shm-size 1m busybox df /dev/shm
check_match "run --network host" "^lo$" "$(C run --rm --network host busybox ls /sys/class/net)"
check_match "run --network bridge" "inet 10\.217\." "$(C run --rm busybox ip -4 addr show eth0)"

# --- a life -------------------------------------------------------------------------------------------------------------------
a_life 126 # as on runc
C run -d --name oom --network none -m 16m --memory-swap 16m busybox sh -c 'tail /dev/zero' >/dev/null; C wait oom >/dev/null
check_eq "a container over its memory is told apart" true "$(C inspect oom --format '{{.State.OOMKilled}}')"
C rm oom >/dev/null
check_eq "nothing is left" "" "$(C ps -aq; find "$TMP/de" -path '*runtime-slipway*/status')"
finish
