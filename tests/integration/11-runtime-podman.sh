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

P() { timeout 60 podman --log-level error "$@" 2>&1 </dev/null; }
once() { P run --rm --network none --cgroup-parent "/$GROUP" "$@"; }
# see NAME WANTED ARGUMENTS...: what `run --rm` shows
see() { check_match "$1" "$2" "$(once "${@:3}")"; }
# limit V1-FILE V2-FILE: a command that shows the container's limit
limit() { echo "cd /sys/fs/cgroup; cat $1 2>/dev/null || cat $2"; }

P import "$B/images/busybox.tar" busybox >/dev/null
check_match "podman takes slipway-oci for a runtime" '"name": "slipway-oci"' "$(P info --format json)"

# --- once ---------------------------------------------------------------------------------------------------------------------
see "run" "^hello$" busybox echo hello
see "run -t" "^/dev/pts/0" -t busybox tty
once busybox sh -c 'exit 42' >/dev/null; check_eq "the exit code is the process's" 42 $?
check_eq "standard input reaches it" typed "$(echo typed | timeout 60 podman run --rm -i --network none --cgroup-parent "/$GROUP" busybox cat)"
see "run --init" "docker-init|podman-init|tini" --init busybox ps
see "run --read-only" "Read-only file system" --read-only busybox touch /x
once -v "$TMP/volume:/data" busybox touch /data/made >/dev/null; check "run -v" test -e "$TMP/volume/made"
see "run -v :ro" "Read-only file system" -v "$TMP/volume:/data:ro" busybox touch /data/x
see "run --tmpfs" "tmpfs +1024 " --tmpfs /t:size=1m busybox df /t
see "run -m" "^33554432" -m 32m busybox sh -c "$(limit memory/memory.limit_in_bytes memory.max)"
see "run --cpus" "^50000" --cpus 0.5 busybox sh -c "$(limit cpu/cpu.cfs_quota_us cpu.max)"
see "run --pids-limit" "^20$" --pids-limit 20 busybox sh -c "$(limit pids/pids.max pids.max)"
see "run --cap-drop, --cap-add" "CapEff:.0000000000000001" --cap-drop all --cap-add chown busybox grep CapEff /proc/self/status
see "run --security-opt no-new-privileges" "NoNewPrivs:.1" --security-opt no-new-privileges busybox grep NoNew /proc/self/status
see "a filter is there by default" "Seccomp:.2" busybox grep Seccomp: /proc/self/status
see "run --security-opt seccomp=unconfined" "Seccomp:.0" --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status
see "run --user" "uid=1000.* gid=1000" --user 1000:1000 busybox id
see "run --privileged" "Seccomp:.0" --privileged busybox grep Seccomp: /proc/self/status
see "run --device" "crw.* 1, +7 .*/dev/full2" --device /dev/full:/dev/full2 busybox ls -l /dev/full2
see "run --sysctl" "^1$" --sysctl net.ipv4.ip_forward=1 busybox cat /proc/sys/net/ipv4/ip_forward
see "run --ulimit" "^100$" --ulimit nofile=100:200 --ulimit nproc=1024:1024 busybox sh -c 'ulimit -n'
see "run --hostname" "^named$" --hostname named busybox hostname
see "run --env, --workdir" "^blue /tmp$" --env COLOUR=blue --workdir /tmp busybox sh -c 'echo $COLOUR $PWD'
see "run --uidmap" "^ +0 +1000 +10" --uidmap 0:1000:10 busybox cat /proc/self/uid_map
see "run --userns auto" "^uid=0" --userns auto busybox id
see "run --oom-score-adj" "^500$" --oom-score-adj 500 busybox cat /proc/self/oom_score_adj
check_match "run --network host" "^lo$" "$(P run --rm --network host --cgroup-parent "/$GROUP" busybox ls /sys/class/net)"
check_match "run --network bridge" "inet 10\." "$(P run --rm --network bridge --cgroup-parent "/$GROUP" busybox ip -4 addr show eth0)"
once busybox nope >/dev/null; check_eq "a command that is not there: 127" 127 $?
once busybox /etc/passwd >/dev/null; check_eq "a file that is no program: 126" 126 $?

# --- a life -------------------------------------------------------------------------------------------------------------------
P run -d --name life --network none --cgroup-parent "/$GROUP" busybox sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
check_match "run -d, ps" "life.*Up|Up.*life" "$(P ps)"
check "logs" wait_for 5 eval 'podman logs life | grep -q begun'
check_match "exec" "^in$" "$(P exec life echo in)"
check_match "exec -t" "^/dev/pts/" "$(P exec -t life tty)"
P exec life sh -c 'exit 7' >/dev/null; check_eq "exec's exit code" 7 $?
P exec -d life touch /tmp/later >/dev/null; check "exec -d" wait_for 5 podman exec life test -e /tmp/later
check_match "top" "sh -c trap" "$(P top life)"
check_match "stats" "life" "$(P stats --no-stream life)"
P cp /etc/os-release life:/tmp/copied >/dev/null; check "cp" podman exec life test -s /tmp/copied
check_match "run --pid=container:" "sh -c trap" "$(once --pid=container:life busybox ps)"
P pause life >/dev/null; check_eq "pause" paused "$(P inspect life --format '{{.State.Status}}')"
P unpause life >/dev/null; check_eq "unpause" running "$(P inspect life --format '{{.State.Status}}')"
P update -m 64m life >/dev/null; check_match "update" "^67108864" "$(P exec life sh -c "$(limit memory/memory.limit_in_bytes memory.max)")"
P stop life >/dev/null; check_eq "stop lets it end by itself" "3 exited" "$(P inspect life --format '{{.State.ExitCode}} {{.State.Status}}')"
P start life >/dev/null; check_eq "start again" running "$(P inspect life --format '{{.State.Status}}')"
P kill life >/dev/null; check_eq "kill, wait" 137 "$(P wait life)"
P rm life >/dev/null; check_eq "rm" "" "$(P ps -aq)"
P create --name made --network none --cgroup-parent "/$GROUP" busybox echo later >/dev/null
check_match "create, start -a" "^later$" "$(P start -a made)"
P rm made >/dev/null
P run -d --name again --network none --cgroup-parent "/$GROUP" --restart on-failure:2 busybox false >/dev/null
check "--restart" wait_for 10 eval '[ "$(podman inspect again --format "{{.RestartCount}}")" = 2 ]'
P rm -f again >/dev/null
check_eq "nothing is left" "" "$(P ps -aq; ls /run/slipway-oci 2>/dev/null; pgrep -f "conmon.*$TMP")"
finish
