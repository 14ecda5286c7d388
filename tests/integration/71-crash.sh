#!/bin/bash
# Crowds, clients that vanish, and crashes: every container is accounted for afterwards, and nothing of the removed ones is left.
. "$(dirname "$0")/../lib.sh"
ROUNDS=${ROUNDS:-12} CROWD=${CROWD:-30}
engine_start

open_fds() { find "/proc/$ENGINE_PID/fd" -mindepth 1 2>/dev/null | wc -l; }
threads() { find "/proc/$ENGINE_PID/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
parent() { local groups=("/sys/fs/cgroup/pids/slipway-"*); local g; for g in "${groups[@]}"; do
    [ -n "$(find "$g" -mindepth 1 -maxdepth 1 -name "$1*" 2>/dev/null)" ] && echo "$g" && return; done; }
at_most() { [ "$1" -le "$2" ]; }
pings() { [ "$(curl -s -m 2 --unix-socket "$SOCK" http://d/_ping)" = OK ]; }

S run --rm busybox true && S run --rm busybox true # the pools are filled, the caches warm
S run -d --name marker busybox sleep 1000 >/dev/null
MARKER=$(S inspect -f '{{.Id}}' marker) HASH=$(basename "$(parent "$MARKER")")
S rm -f marker >/dev/null
sleep 0.5
fds=$(open_fds) tasks=$(threads)

# A crowd.
for i in $(seq "$CROWD"); do (timeout 50 "$B/slipway" run --rm busybox echo "says $i" >"$TMP/crowd.$i" 2>&1) & crowd+=($!); done
wait "${crowd[@]}"
check_eq "a crowd of run --rm all say what they should" "$(seq "$CROWD" | sed 's/^/says /' | sort)" "$(cat "$TMP"/crowd.* | sort)"
check_eq "and all are gone" "" "$(S ps -aq)"

# Opposite wishes at the same moment: any answer but a hang or a crash.
for i in 1 2 3 4 5 6; do
    S create --name race "busybox" sleep 1000 >/dev/null
    S start race >/dev/null 2>&1 & a=$!
    S rename race other >/dev/null 2>&1 & b=$!
    S rm -f race >/dev/null 2>&1 & c=$!
    S exec race true >/dev/null 2>&1 & d=$!
    S stop -t 0 race >/dev/null 2>&1 & e=$!
    wait $a $b $c $d $e
    S rm -f race other >/dev/null 2>&1
done
check_eq "start, rename, stop, exec and rm at once leave nothing" "" "$(S ps -aq)"
S run -d --name busy busybox sleep 1000 >/dev/null
S exec busy sleep 1000 >/dev/null 2>&1 & a=$!
wait_for 5 eval '[ "$(S top busy -o args | grep -c "sleep 1000")" = 2 ]'
check_rc "stop with an exec inside" 0 timeout 10 "$B/slipway" stop -t 0 busy
check "ends the exec too" wait_for 5 bash -c "! kill -0 $a"
S rm -f busy >/dev/null

# Clients that vanish, and clients that never finish their sentence.
S run -d --name talker busybox sh -c 'while :; do echo word; sleep 0.05; done' >/dev/null
gone=()
for i in 1 2 3 4 5; do
    for words in "logs -f talker" "attach --no-stdin talker" "events" "exec talker sleep 1000" "stats talker" "wait talker"; do
        # shellcheck disable=SC2086
        "$B/slipway" $words >/dev/null 2>&1 </dev/null & gone+=($!); disown
    done
done
python3 - "$SOCK" <<'EOP' &
import socket, sys, time
held = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); held.append(s)
    s.sendall([b"", b"GE", b"GET /containers/json HTTP/1.1\r\nHost", b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 500\r\n\r\n{"][i % 4])
time.sleep(30)
EOP
slow=$!
sleep 0.7
check "slow clients keep nobody waiting" pings
kill -9 "${gone[@]}" $slow 2>/dev/null
{ wait "${gone[@]}" $slow; } 2>/dev/null
S rm -f talker >/dev/null
at_rest() { [ "$(open_fds)" -le $((fds + 3)) ] && [ "$(threads)" -le $((tasks + 2)) ]; }
wait_for 10 at_rest
check "no descriptor is leaked ($fds before, $(open_fds) after)" at_most "$(open_fds)" $((fds + 3))
check "no thread is leaked ($tasks before, $(threads) after)" at_most "$(threads)" $((tasks + 2))

# kill -9 of a shim: the container is over, said so, and can be removed.
S run -d --name orphan busybox sh -c 'sleep 1000 & sleep 1000' >/dev/null
orphan=$(S inspect -f '{{.Id}}' orphan) init=$(S inspect -f '{{.State.Pid}}' orphan)
kill -9 "$(awk '/^PPid/{print $2}' "/proc/$init/status")"
stopped() { [ "$(S inspect -f '{{.State.Running}}' orphan)" = false ]; }
check "a container whose shim was killed is not running" wait_for 5 stopped
check "nor is its process" wait_for 5 bash -c "! kill -0 $init"
check_rc "it can be removed" 0 S rm -f orphan
groups_gone() { [ -z "$(find /sys/fs/cgroup/*/"$HASH" -maxdepth 1 -name "$orphan" 2>/dev/null)" ]; }
wait_for 3 groups_gone
check_eq "with its cgroups" "" "$(find /sys/fs/cgroup/*/"$HASH" -maxdepth 1 -name "$orphan" 2>/dev/null)"

# The same while no engine runs, and of a container that is paused: the next engine sweeps.
S run -d --name frozen busybox sleep 1000 >/dev/null
S pause frozen >/dev/null
orphan=$(S inspect -f '{{.Id}}' frozen) init=$(S inspect -f '{{.State.Pid}}' frozen)
engine_kill9
kill -9 "$(awk '/^PPid/{print $2}' "/proc/$init/status")"
engine_start
check_eq "a shim killed between two engines ends its container" "false exited" "$(S inspect -f '{{.State.Running}} {{.State.Status}}' frozen)"
check "and what was frozen in it" wait_for 3 bash -c "! kill -0 $init"
check "with its groups" wait_for 3 groups_gone
S rm -f frozen >/dev/null

# kill -9 of the engine at any moment of a container's life.
S run -d --name steady -p 18080:80 busybox sleep 1000 >/dev/null
steady=$(S inspect -f '{{.State.Pid}}' steady)
for i in $(seq "$ROUNDS"); do
    (for k in 1 2 3; do
        "$B/slipway" run -d --name "r$i-$k" -p "$((19000 + k)):80" busybox sleep 1000; "$B/slipway" stop -t 0 "r$i-$k"; "$B/slipway" start "r$i-$k"; "$B/slipway" rm -f "r$i-$k"
    done) >/dev/null 2>&1 & a=$!
    (for k in 1 2 3; do timeout 5 "$B/slipway" run --rm --name "q$i-$k" --network none busybox true; done) >/dev/null 2>&1 & b=$!
    sleep "0.$(printf %03d $((RANDOM % 400)))"
    engine_kill9
    wait $a $b 2>/dev/null
    engine_start
done
check_eq "the steady container lived through $ROUNDS crashes" "$steady true" "$(S inspect -f '{{.State.Pid}} {{.State.Running}}' steady)"
lost=$(for id in $(S ps -aq --no-trunc); do S inspect -f '{{.Id}} {{.State.Status}}' "$id"; done | grep -Ev ' (created|running|exited)$')
check_eq "every container is in a state that can be" "" "$lost"
known=$(S ps -aq --no-trunc | sort)
check_eq "every directory belongs to a container" "$known" "$(find "$DATA/containers" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)"
for id in $(S ps -aq); do S rm -f "$id" >/dev/null 2>"$TMP/rm.err" || not_ok "rm -f after a crash" "$(cat "$TMP/rm.err")"; done

left() {
    ip -o link | grep -o 'veth[^@:]*' | sed 's/^/veth /'
    find /sys/fs/cgroup/*/"$HASH" -mindepth 1 -maxdepth 1 -type d 2>/dev/null
    find "$DATA/containers" "$EXEC/containers" -mindepth 1 -maxdepth 1
    find "$DATA/overlay2" -mindepth 1 -maxdepth 1 -regextype posix-extended -regex '.*/[0-9a-f]{64}(-init)?' -newer "$TMP/crowd.1" 2>/dev/null | head -3
    iptables -t nat -S DOCKER 2>/dev/null | grep DNAT
    iptables -t filter -S DOCKER 2>/dev/null | grep -- '-d '
    awk -v at="$TMP/" 'index($5, at) == 1 {print $5}' /proc/self/mountinfo
    pgrep -f -- "--state $EXEC/containers"
}
nothing_left() { [ -z "$(left)" ]; }
wait_for 5 nothing_left
check_eq "after $ROUNDS crashes and rm -f nothing is left: links, groups, directories, rules, mounts, shims" "" "$(left)"
check_eq "and an address is free again" "hi" "$(S run --rm busybox echo hi)"

# SIGTERM: leaves at once with exit code 0; its empty parent groups go too.
kill -TERM "$ENGINE_PID"
wait "$ENGINE_PID"
check_eq "SIGTERM ends the engine with 0" 0 $?
ENGINE_PID=
check_eq "its empty cgroups are gone with it" "" "$(ls -d /sys/fs/cgroup/*/"$HASH" 2>/dev/null)"
finish
