#!/bin/bash
# podman drives slipway-oci as it drives crun: everyday invocations, on a storage and in groups of this test's own.
. "$(dirname "$0")/../lib.sh"

for need in podman conmon; do
    command -v $need >/dev/null || { skip "podman on slipway-oci" "$need is not installed (make test installs it where Debian has it)"; exit 0; }
done
GROUP=slrp-$$
remove_groups() {
    find /sys/fs/cgroup -path "*/$GROUP*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -9 2>/dev/null
    wait_for 2 eval "find /sys/fs/cgroup -depth -type d -path '*/$GROUP*' -exec rmdir {} + 2>/dev/null; [ -z \"\$(find /sys/fs/cgroup -type d -name $GROUP -print -quit)\" ]"
}
at_exit 'timeout 60 podman rm -fa -t 0 >/dev/null 2>&1; remove_groups; umount -l "$TMP"/s/* 2>/dev/null'

# What podman and its network plugins keep elsewhere goes with this mount namespace.
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /var/lib
mkdir -p "$TMP/s/graph" "$TMP/run" "$TMP/volume"
echo "containers:1000000:65536" >"$TMP/subid"
for file in /etc/subuid /etc/subgid; do [ -e $file ] && mount --bind "$TMP/subid" $file; done
export CONTAINERS_CONF=$TMP/containers.conf CONTAINERS_STORAGE_CONF=$TMP/storage.conf TMPDIR=$TMP/run
cat >"$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits=["nofile=$(ulimit -Hn):$(ulimit -Hn)","nproc=1024:1024"]
init_path="$(command -v docker-init || command -v tini-static || command -v tini)"
cgroupns="private"
[engine]
cgroup_manager="cgroupfs"
events_logger="file"
runtime="slipway-oci"
runtime_supports_json=["slipway-oci"]
tmp_dir="$TMP/run"
[engine.runtimes]
slipway-oci=["$B/slipway-oci"]
CONF
printf '[storage]\ndriver="overlay"\ngraphroot="%s/s/graph"\nrunroot="%s/s/run"\n' "$TMP" "$TMP" >"$CONTAINERS_STORAGE_CONF"

CLIENT=(podman --log-level error) OWN=(--network none --cgroup-parent "/$GROUP")
. "$(dirname "$0")/../everyday.sh"

C import "$B/images/busybox.tar" busybox >/dev/null
check_match "podman takes slipway-oci for a runtime" '"name": "slipway-oci"' "$(C info --format json)"

# --- once ---------------------------------------------------------------------------------------------------------------------
once_each
see "run" "^hello$" busybox echo hello
see "run --init" "docker-init|podman-init|tini" --init busybox ps
see "run --ulimit" "^100$" --ulimit nofile=100:200 --ulimit nproc=1024:1024 busybox sh -c 'ulimit -n'
see "run --uidmap" "^ +0 +1000 +10" --uidmap 0:1000:10 busybox cat /proc/self/uid_map
see "run --userns auto" "^uid=0" --userns auto busybox id
check_match "run --network host" "^lo$" "$(C run --rm --network host --cgroup-parent "/$GROUP" busybox ls /sys/class/net)"
check_match "run --network bridge" "inet 10\." "$(C run --rm --network bridge --cgroup-parent "/$GROUP" busybox ip -4 addr show eth0)"

# --- a life -------------------------------------------------------------------------------------------------------------------
a_life 127
check_eq "nothing is left" "" "$(C ps -aq; ls /run/slipway-oci 2>/dev/null; pgrep -f "conmon.*$TMP")"
finish
