# What everybody does with a container every day, by whichever client drives slipway-oci; sourced by tests after lib.sh, which say
# CLIENT: the client's command; OWN: the options that each container of the test needs.
# shellcheck shell=bash

C() { timeout 60 "${CLIENT[@]}" "$@" 2>&1 </dev/null; }
once() { C run --rm "${OWN[@]}" "$@"; }
# see NAME WANTED ARGUMENTS...: what `run --rm` shows
see() { check_match "$1" "$2" "$(once "${@:3}")"; }
# limit V1-FILE V2-FILE: a command that shows the container's limit
limit() { echo "cd /sys/fs/cgroup; cat $1 2>/dev/null || cat $2"; }

once_each() {
    mkdir -p "$TMP/volume"
    see "run -t" "^/dev/pts/0" -t busybox tty
    once busybox sh -c 'exit 42' >/dev/null; check_eq "the exit code is the process's" 42 $?
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
    see "run --hostname" "^named$" --hostname named busybox hostname
    see "run --env, --workdir" "^blue /tmp$" --env COLOUR=blue --workdir /tmp busybox sh -c 'echo $COLOUR $PWD'
    see "run --oom-score-adj" "^500$" --oom-score-adj 500 busybox cat /proc/self/oom_score_adj
    once busybox nope >/dev/null; check_eq "a command that is not there: 127" 127 $?
    once busybox /etc/passwd >/dev/null; check_eq "a file that is no program: 126" 126 $?
    check_eq "standard input reaches it" typed "$(echo typed | timeout 60 "${CLIENT[@]}" run --rm -i "${OWN[@]}" busybox cat)"
}

# a_life CODE: `exec` of a file that is not there ends with it.
a_life() {
    C run -d --name life "${OWN[@]}" busybox sh -c 'trap "exit 3" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
    check_match "run -d, ps" "Up .*life" "$(C ps)"
    check "logs" wait_for 5 eval 'C logs life | grep -q begun'
    check_match "exec" "^in$" "$(C exec life echo in)"
    check_match "exec -t" "^/dev/pts/" "$(C exec -t life tty)"
    C exec life sh -c 'exit 7' >/dev/null; check_eq "exec's exit code" 7 $?
    C exec life nope >/dev/null; check_eq "exec of what is not there" "$1" $?
    C exec -d life touch /tmp/later >/dev/null; check "exec -d" wait_for 5 C exec life test -e /tmp/later
    check_match "exec --user" "uid=1000" "$(C exec --user 1000 life id)"
    check_match "top" "sh -c trap" "$(C top life)"
    check_match "stats" "life" "$(C stats --no-stream life)"
    C cp /etc/passwd life:/tmp/copied >/dev/null; check "cp" C exec life test -s /tmp/copied
    check_match "run --pid=container:" "sh -c trap" "$(once --pid=container:life busybox ps)"
    C pause life >/dev/null; check_eq "pause" paused "$(C inspect life --format '{{.State.Status}}')"
    C unpause life >/dev/null; check_eq "unpause" running "$(C inspect life --format '{{.State.Status}}')"
    C update -m 64m --memory-swap 64m life >/dev/null; check_match "update" "^67108864" "$(C exec life sh -c "$(limit memory/memory.limit_in_bytes memory.max)")"
    C stop life >/dev/null; check_eq "stop lets it end by itself" "3 exited" "$(C inspect life --format '{{.State.ExitCode}} {{.State.Status}}')"
    C start life >/dev/null; check_eq "start again" running "$(C inspect life --format '{{.State.Status}}')"
    C kill life >/dev/null; check_eq "kill, wait" 137 "$(C wait life)"
    C rm life >/dev/null; check_eq "rm" "" "$(C ps -aq)"
    C create --name made "${OWN[@]}" busybox echo later >/dev/null
    check_match "create, start -a" "^later$" "$(C start -a made)"
    C run -d --name again "${OWN[@]}" --restart on-failure:2 busybox false >/dev/null
    check "--restart" wait_for 10 eval '[ "$(C inspect again --format "{{.RestartCount}}")" = 2 ]'
    C rm -f again made >/dev/null
}
