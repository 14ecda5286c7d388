#!/bin/bash
# The life of containers, through the real docker client and through ours: run, streams, exit codes, exec, logs, stop, restart
# policies, removal; nothing is left behind.
. "$(dirname "$0")/../lib.sh"
engine_start

containers_left() { ls "$DATA/containers" "$EXEC/containers" | grep -c '^[0-9a-f]\{64\}$'; }
cgroups_left() { find /sys/fs/cgroup -maxdepth 3 -type d -path "*/slipway-$(printf %s "$EXEC" | sha256sum | head -c 8)/*" | wc -l; }
status_of() { api GET "/containers/$1/json" | jq -r "$2"; }
is() { [ "$(status_of "$1" "$2")" = "$3" ]; }

life() { # CLIENT
    local c=$1 out id
    check_eq "$c: run prints what the command prints" hello "$($c run --rm busybox echo hello)"
    check_rc "$c: run gives the command's exit code" 3 $c run --rm busybox sh -c 'exit 3'
    check_rc "$c: a command that is not there is 127" 127 $c run --rm busybox nosuch
    check_rc "$c: a command that is not executable is 126" 126 $c run --rm busybox /etc/passwd
    check_rc "$c: an image that is not there is 125" 125 $c run --rm --pull never nosuch:1 true
    check_match "$c: the reason is Docker's sentence" 'exec: "nosuch": executable file not found in \$PATH' "$($c run --rm busybox nosuch 2>&1)"
    check_eq "$c: input reaches the process and ends it" abc "$(printf abc | $c run --rm -i busybox cat)"
    check_eq "$c: standard error stays apart" err "$($c run --rm busybox sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)"
    check_eq "$c: a megabyte of output is complete" 1048576 "$($c run --rm busybox sh -c 'head -c 1048576 /dev/zero' | wc -c)"
    check_eq "$c: environment" "1 x" "$($c run --rm -e A=1 -e B=x busybox sh -c 'echo $A $B')"
    check_eq "$c: working directory" /var/tmp "$($c run --rm -w /var/tmp busybox pwd)"
    check_eq "$c: user and group" 1000:1001 "$($c run --rm -u 1000:1001 busybox sh -c 'echo $(id -u):$(id -g)')"
    check_eq "$c: hostname" box "$($c run --rm --hostname box busybox hostname)"
    check_eq "$c: entrypoint" hi "$($c run --rm --entrypoint echo busybox hi)"
    check_eq "$c: --init is pid 1 and reaps" docker-init "$($c run --rm --init busybox cat /proc/1/comm)"
    check_match "$c: --init leaves its child no signal blocked" '0000000000000000' "$($c run --rm --init busybox grep SigBlk /proc/self/status)"
    check_rc "$c: --init hands on the exit code" 9 $c run --rm --init busybox sh -c 'exit 9'
    check_rc "$c: --read-only holds" 1 $c run --rm --read-only busybox touch /x
    check_eq "$c: --tmpfs is writable then" ok "$($c run --rm --read-only --tmpfs /t busybox sh -c 'touch /t/x && echo ok')"
    check_eq "$c: a bind mount" there "$(echo there >"$TMP/f"; $c run --rm -v "$TMP/f:/f:ro" busybox cat /f)"
    check_eq "$c: a volume keeps its content" kept "$($c run --rm -v vol:/v busybox sh -c 'echo kept >/v/f'; $c run --rm -v vol:/v busybox cat /v/f)"
    check_match "$c: default capabilities" '00000000a80425fb' "$($c run --rm busybox grep CapEff /proc/self/status)"
    check_match "$c: --cap-drop ALL leaves none" '0000000000000000' "$($c run --rm --cap-drop ALL busybox grep CapEff /proc/self/status)"
    check_match "$c: --cap-add adds" '00000000a80435fb' "$($c run --rm --cap-add NET_ADMIN busybox grep CapEff /proc/self/status)"
    check_eq "$c: --privileged may mount" ok "$($c run --rm --privileged busybox sh -c 'mkdir /m && mount -t tmpfs t /m && echo ok')"
    check_eq "$c: --network none has loopback only" lo "$($c run --rm --network none busybox ls /sys/class/net)"
    check_eq "$c: --network host sees the bridge" slt0 "$($c run --rm --network host busybox ls /sys/class/net | grep slt0)"
    check_match "$c: the bridge gives an address" '10\.213\.0\.[0-9]+' "$($c run --rm busybox ip -o addr show eth0)"

    id=$($c run -d --name "$c-web" --label a=1 busybox sh -c 'trap "exit 7" TERM; while :; do sleep 0.05; done')
    check_eq "$c: run -d prints the id" 64 "${#id}"
    check_match "$c: ps shows it" "${id:0:12}.*busybox.*Up .*$c-web" "$($c ps)"
    check_eq "$c: exec gives its exit code" 5 "$($c exec "$c-web" sh -c 'exit 5'; echo $?)"
    check_eq "$c: exec reads input" hey "$(echo hey | $c exec -i "$c-web" cat)"
    check_eq "$c: exec in a directory as a user" "/tmp 1000" "$($c exec -w /tmp -u 1000 "$c-web" sh -c 'echo $(pwd) $(id -u)')"
    check_rc "$c: exec of what is not there" 126 $c exec "$c-web" nosuch
    check "$c: pause" $c pause "$c-web"
    check_match "$c: ps says so" 'Paused' "$($c ps)"
    check_rc "$c: no exec while paused" 1 $c exec "$c-web" true
    check "$c: unpause" $c unpause "$c-web"
    check "$c: stop" $c stop -t 5 "$c-web"
    check_eq "$c: the stop signal was handled" 7 "$(status_of "$c-web" .State.ExitCode)"
    check_match "$c: ps -a says how it ended" 'Exited \(7\)' "$($c ps -a)"
    check "$c: start again" $c start "$c-web"
    check "$c: kill" $c kill "$c-web"
    check "$c: it is gone at once" is "$c-web" .State.Running false
    check_eq "$c: killed is 137" 137 "$(status_of "$c-web" .State.ExitCode)"
    check_eq "$c: wait gives the code" 137 "$($c wait "$c-web")"
    check "$c: rm" $c rm "$c-web"
    check_rc "$c: rm again fails" 1 $c rm "$c-web"
    $c run -d --name "$c-run" busybox sleep 1000 >/dev/null
    check_rc "$c: rm of a running one is refused" 1 $c rm "$c-run"
    check "$c: rm -f ends it" $c rm -f "$c-run"

    $c run --name "$c-log" busybox sh -c 'for i in 1 2 3; do echo out$i; done; echo oops >&2' >/dev/null 2>&1
    check_eq "$c: logs" "out1 out2 out3" "$($c logs "$c-log" 2>/dev/null | xargs)"
    check_eq "$c: logs of standard error" oops "$($c logs "$c-log" 2>&1 >/dev/null)"
    $c rm "$c-log" >/dev/null
    id=$($c create --name "$c-made" -i busybox cat)
    check_eq "$c: create, then start -ai" typed "$(echo typed | $c start -ai "$c-made")"
    $c rm -f "$c-made" >/dev/null
}
for client in D S; do
    if [ "$client" = D ] && ! have_docker; then skip "everything through docker" "no docker client"; continue; fi
    life $client
done

# Logs, to the letter, from the API.
C=$(api POST '/containers/create?name=logs' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["sh","-c","for i in 1 2 3 4 5; do echo line$i; done; echo bad >&2; sleep 0.4; echo last; sleep 0.2; exit 4"]}' | jq -r .Id)
api POST "/containers/$C/start" >/dev/null
check_eq "logs -f ends with the container and misses nothing" last "$(timeout 10 curl -sN --unix-socket "$SOCK" "http://d/containers/$C/logs?follow=1&stdout=1" | tr -d '\000-\011\013-\037' | tail -1 | tail -c 5 | head -c 4)"
check_eq "tail counts lines of both streams" 3 "$(api GET "/containers/$C/logs?stdout=1&stderr=1&tail=3" | grep -ac .)"
check_eq "frames name the stream" "0200000000000004" "$(api GET "/containers/$C/logs?stderr=1" | head -c 8 | od -An -tx1 | tr -d ' ')"
check_match "timestamps have nine digits" 'T[0-9:]{8}\.[0-9]{9}Z last' "$(api GET "/containers/$C/logs?stdout=1&timestamps=1&tail=1" | tr -d '\000')"
check_eq "since the future is empty" "" "$(api GET "/containers/$C/logs?stdout=1&since=4000000000")"
check_match "no stream is an error" 'you must choose at least one stream' "$(api GET "/containers/$C/logs")"
check_eq "wait on a stopped one answers at once" '{"Error":null,"StatusCode":4}' "$(api POST "/containers/$C/wait")"
check_eq "the log on disk is Docker's" 'line1\n stdout' "$(head -1 "$DATA/containers/$C/$C-json.log" | jq -r '"\(.log|rtrimstr("\n"))\\n \(.stream)"')"
api DELETE "/containers/$C" >/dev/null

# Restart policies.
make() { api POST "/containers/create?name=$1" -H 'Content-Type: application/json' -d "{\"Image\":\"busybox\",\"Cmd\":[\"sh\",\"-c\",\"$2\"],\"HostConfig\":{\"NetworkMode\":\"none\",\"RestartPolicy\":$3}}" | jq -r .Id; }
make rf 'exit 1' '{"Name":"on-failure","MaximumRetryCount":2}' >/dev/null
make ra 'sleep 0.1' '{"Name":"always"}' >/dev/null
make rz 'exit 0' '{"Name":"on-failure"}' >/dev/null
for n in rf ra rz; do api POST "/containers/$n/start" >/dev/null; done
check "on-failure:2 tries twice more and gives up" wait_for 5 is rf '"\(.RestartCount) \(.State.Status)"' "2 exited"
check "always comes back" wait_for 5 eval '[ "$(status_of ra .RestartCount)" -ge 1 ]'
check "stop ends it for good" eval 'api POST "/containers/ra/stop?t=0" >/dev/null; sleep 0.5; is ra .State.Status exited'
check_eq "on-failure leaves a success alone" 0 "$(status_of rz .RestartCount)"
make rw false '{"Name":"always"}' >/dev/null; api POST /containers/rw/start >/dev/null
check "one that cannot stay up is restarting" wait_for 5 is rw .State.Status restarting
check "and cannot be removed without force" wait_for 5 eval 'api DELETE /containers/rw | grep -q "cannot remove a restarting container"' # it runs now and then
for n in rf ra rz rw; do api DELETE "/containers/$n?force=1" >/dev/null; done

# Limits.
check_eq "a memory limit kills" "137 true" "$(api POST '/containers/create?name=oom' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["sh","-c","tail /dev/zero"],"HostConfig":{"Memory":10485760,"NetworkMode":"none"}}' >/dev/null; api POST /containers/oom/start >/dev/null; api POST /containers/oom/wait >/dev/null; status_of oom '"\(.State.ExitCode) \(.State.OOMKilled)"')"
check_eq "swap defaults to twice the memory" 20971520 "$(status_of oom .HostConfig.MemorySwap)"
api DELETE /containers/oom >/dev/null
api POST '/containers/create?name=ooms' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["sh","-c","for i in 1 2 3 4 5 6 7 8; do (tail /dev/zero); sleep 0.3; done; sleep 600"],"HostConfig":{"Memory":16777216,"NetworkMode":"none"}}' >/dev/null
since=$(date +%s.%N); api POST /containers/ooms/start >/dev/null
ooms() { api GET "/events?since=$since&until=$(date +%s.%N)&filters=%7B%22event%22:%5B%22oom%22%5D%7D" | grep -c .; }
wait_for 10 eval '[ "$(ooms)" = 8 ]'
check_eq "each kill in a container that goes on is an event at once" "8 running" "$(ooms) $(status_of ooms .State.Status)"
api DELETE '/containers/ooms?force=1' >/dev/null

# The glass box.
C=$(api POST '/containers/create?name=steps' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"]}' | jq -r .Id)
timeout 100 curl -sN --unix-socket "$SOCK" "http://d/slipway/containers/$C/steps?follow=1" >"$TMP/steps" &
follower=$!
wait_for 5 test -s "$TMP/steps"; api POST "/containers/$C/start" >/dev/null; api POST "/containers/$C/wait" >/dev/null; wait_for 5 grep -q '"start"' "$TMP/steps"; api DELETE "/containers/$C" >/dev/null
check "the follower ends with the container" wait_for 5 eval "! kill -0 $follower"
check_eq "steps are numbered without a gap" "$(wc -l <"$TMP/steps")" "$(tail -1 "$TMP/steps" | jq .seq)"
check_eq "they tell of the clone" 1 "$(jq -r .what "$TMP/steps" | grep -c '^clone3')"
check_match "phases come in order" '^network create start' "$(jq -r .phase "$TMP/steps" | uniq | xargs)"
check_eq "the overview knows the engine" "$ENGINE_PID" "$(api GET /slipway/overview | jq .engine.pid)"

# Many at once, and nothing is left.
for i in $(seq 12); do api POST '/containers/create' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"HostConfig":{"AutoRemove":true}}' | jq -r .Id; done >"$TMP/ids"
xargs -P 6 -I{} curl -s --unix-socket "$SOCK" -X POST http://d/containers/{}/start <"$TMP/ids"
check "twelve started at once all vanish" wait_for 10 eval '[ "$(api GET "/containers/json?all=1" | jq length)" = 0 ]'
check "no directory is left" wait_for 5 eval '[ "$(containers_left)" = 0 ]'
check "no cgroup is left" wait_for 5 eval '[ "$(cgroups_left)" = 0 ]'
check "no layer is left" wait_for 5 eval '[ "$(ls "$DATA/overlay2" | grep -c init)" = 0 ]'
check_eq "no mount is left on the host" 0 "$(grep -c "$TMP" /proc/self/mounts)"
check "no veth is left" wait_for 10 eval '[ "$(ip -o link show type veth | wc -l)" = 0 ]'
check "the daemon holds no descriptor of them" eval '[ "$(ls /proc/$ENGINE_PID/fd | wc -l)" -lt 40 ]'
finish
