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
R() { timeout 60 "$REAL_DOCKER" -H "unix://$TMP/d.sock" "$@" 2>&1 </dev/null; }
once() { R run --rm --network none "$@"; }
see() { check_match "$1" "$2" "$(once "${@:3}")"; }
limit() { echo "cd /sys/fs/cgroup; cat $1 2>/dev/null || cat $2"; }
docker_start overlay2 || { docker_stop; docker_start vfs; } ||
    { skip "docker on slipway-oci" "its daemon does not run here: $(tail -1 "$TMP/d.log")"; exit 0; }
R import "$B/images/busybox.tar" busybox >/dev/null
check_eq "docker takes slipway-oci for a runtime" slipway "$(R info --format '{{.DefaultRuntime}}')"

# --- once ---------------------------------------------------------------------------------------------------------------------
see "run --runtime" "^hello$" --runtime=slipway busybox echo hello
see "run -t" "^/dev/pts/0" -t busybox tty
once busybox sh -c 'exit 42' >/dev/null; check_eq "the exit code is the process's" 42 $?
check_eq "standard input reaches it" typed "$(echo typed | timeout 60 "$REAL_DOCKER" -H "unix://$TMP/d.sock" run --rm -i --network none busybox cat)"
see "run --init" "docker-init" --init busybox ps
see "run --read-only" "Read-only file system" --read-only busybox touch /x
mkdir "$TMP/volume"; once -v "$TMP/volume:/data" busybox touch /data/made >/dev/null; check "run -v" test -e "$TMP/volume/made"
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
see "run --ulimit" "^100$" --ulimit nofile=100:200 busybox sh -c 'ulimit -n'
see "run --hostname" "^named$" --hostname named busybox hostname
see "run --env, --workdir" "^blue /tmp$" --env COLOUR=blue --workdir /tmp busybox sh -c 'echo $COLOUR $PWD'
see "run --userns host" "^ +0 +0 " --userns host busybox cat /proc/self/uid_map
see "run --oom-score-adj" "^500$" --oom-score-adj 500 busybox cat /proc/self/oom_score_adj
see "run --shm-size" " 1024 " --shm-size 1m busybox df /dev/shm
check_match "run --network host" "^lo$" "$(R run --rm --network host busybox ls /sys/class/net)"
check_match "run --network bridge" "inet 10\.217\." "$(R run --rm busybox ip -4 addr show eth0)"
once busybox nope >/dev/null; check_eq "a command that is not there: 127" 127 $?
once busybox /etc/passwd >/dev/null; check_eq "a file that is no program: 126" 126 $?

# --- a life -------------------------------------------------------------------------------------------------------------------
R run -d --name life --network none busybox sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
check_match "run -d, ps" "Up .*life" "$(R ps)"
check "logs" wait_for 5 eval 'R logs life | grep -q begun'
check_match "exec" "^in$" "$(R exec life echo in)"
check_match "exec -t" "^/dev/pts/" "$(R exec -t life tty)"
R exec life sh -c 'exit 7' >/dev/null; check_eq "exec's exit code" 7 $?
R exec life nope >/dev/null; check_eq "exec of what is not there: 126, as on runc" 126 $?
R exec -d life touch /tmp/later >/dev/null; check "exec -d" wait_for 5 R exec life test -e /tmp/later
check_match "exec --user" "uid=1000" "$(R exec --user 1000 life id)"
check_match "top" "sh -c trap" "$(R top life)"
check_match "stats" "life" "$(R stats --no-stream life)"
R cp /etc/passwd life:/tmp/copied >/dev/null; check "cp" R exec life test -s /tmp/copied
check_match "run --pid=container:" "sh -c trap" "$(once --pid=container:life busybox ps)"
R pause life >/dev/null; check_eq "pause" paused "$(R inspect life --format '{{.State.Status}}')"
R unpause life >/dev/null; check_eq "unpause" running "$(R inspect life --format '{{.State.Status}}')"
R update -m 64m --memory-swap 64m life >/dev/null; check_match "update" "^67108864" "$(R exec life sh -c "$(limit memory/memory.limit_in_bytes memory.max)")"
R stop life >/dev/null; check_eq "stop lets it end by itself" "3 exited" "$(R inspect life --format '{{.State.ExitCode}} {{.State.Status}}')"
R start life >/dev/null; check_eq "start again" running "$(R inspect life --format '{{.State.Status}}')"
R kill life >/dev/null; check_eq "kill, wait" 137 "$(R wait life)"
R rm life >/dev/null; check_eq "rm" "" "$(R ps -aq)"
R create --name made --network none busybox echo later >/dev/null
check_match "create, start -a" "^later$" "$(R start -a made)"
R run -d --name oom --network none -m 16m --memory-swap 16m busybox sh -c 'tail /dev/zero' >/dev/null; R wait oom >/dev/null
check_eq "a container over its memory is told apart" true "$(R inspect oom --format '{{.State.OOMKilled}}')"
R run -d --name again --network none --restart on-failure:2 busybox false >/dev/null
check "--restart" wait_for 10 eval '[ "$(R inspect again --format "{{.RestartCount}}")" = 2 ]'
R rm -f again made oom >/dev/null
check_eq "nothing is left" "" "$(R ps -aq; find "$TMP/de" -path '*runtime-slipway*/status')"
finish
