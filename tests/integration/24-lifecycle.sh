#!/bin/bash
# The verbs of a container's life and what is told of them: signals, stop, wait, rename, names and ids, update, exec, prune, events.
. "$(dirname "$0")/../lib.sh"
engine_start

show() { S inspect -f "$2" "$1"; }
is() { [ "$(show "$1" "$2")" = "$3" ]; }
now() { date +%s.%N; }
sleeper() { S run -d --name "$1" "${@:2}" busybox sleep 1000 >/dev/null; }

# Signals.
S run -d --name sig busybox sh -c 'for s in HUP USR1 USR2 WINCH IO RTMIN RTMIN+3 RTMAX-2; do trap "echo got $s" $s 2>/dev/null; done; trap "echo got 37" 37; while :; do sleep 0.02; done' >/dev/null
wait_for 5 eval 'S top sig | grep -q "sleep 0.02"'
S kill -s HUP sig >/dev/null; wait_for 5 eval 'S logs sig | grep -q HUP'
for s in usr1 SIGUSR2 sigwinch 37 POLL; do S kill -s "$s" sig >/dev/null; done
check "signals by name, number, with SIG and in any case" wait_for 5 eval '[ "$(S logs sig | sort | tr "\n" " ")" = "got 37 got HUP got IO got USR1 got USR2 got WINCH " ]'
check_match "real-time signals" '^sig$' "$(S kill -s RTMIN+3 sig 2>&1)"
check_match "a signal that is none" 'Invalid signal: FOO' "$(S kill -s FOO sig 2>&1)"
check_match "zero is none" 'Invalid signal: 0' "$(S kill -s 0 sig 2>&1)"
check_match "a number beyond the last" 'Cannot kill container: sig: The linux daemon does not support signal 65' "$(S kill -s 65 sig 2>&1)"
check_match "and one of the C library's own" 'does not support signal 32' "$(S kill -s 32 sig 2>&1)"
check_match "stop takes a signal" 'Invalid signal: BAR' "$(S stop -s BAR sig 2>&1)"
S run -d --name graceful busybox sh -c 'trap "exit 5" INT; echo begun; while :; do sleep 0.02; done' >/dev/null
wait_for 5 eval 'S logs graceful | grep -q begun'; S stop -s INT graceful >/dev/null 2>&1
check_eq "and sends it" 5 "$(show graceful '{{.State.ExitCode}}')"
S rm -f graceful sig >/dev/null

# Waiting.
sleeper wt
( S wait wt >"$TMP/w1" ) & A=$!
( api POST '/containers/wt/wait?condition=next-exit' -ND "$TMP/h2" | jq .StatusCode >"$TMP/w2" ) & C=$!
( api POST '/containers/wt/wait?condition=removed' -ND "$TMP/h3" | jq .StatusCode >"$TMP/w3" ) & E=$!
check "the head of the answer says that they wait" wait_for 5 eval '[ -s "$TMP/h2" ] && [ -s "$TMP/h3" ]'
S kill wt >/dev/null; wait $A $C
check_eq "all waiters are told" "137 137" "$(cat "$TMP/w1") $(cat "$TMP/w2")"
check "who waits for the removal is not yet" [ ! -s "$TMP/w3" ]
S rm wt >/dev/null; wait $E
check_eq "but then" 137 "$(cat "$TMP/w3")"
check_match "a condition that is none" 'invalid condition: \\"never\\"' "$(S create --name w2 busybox true >/dev/null; api POST '/containers/w2/wait?condition=never')"
S rm w2 >/dev/null

# Names and ids.
ID=$(S create --name one busybox true); S create --name two busybox true >/dev/null
check_eq "an id by its beginning" "$ID" "$(show "${ID:0:7}" '{{.Id}}')"
while :; do # sixteen first digits: some soon begin alike
    OTHER=$(S create --label many=1 busybox true); P=${OTHER:0:1}
    [ "$(S ps -aq | cut -c1 | grep -c "$P")" -gt 1 ] && break
done
check_match "one that is not unique" "multiple IDs found with provided prefix: $P" "$(S rm "$P" 2>&1)"
check_eq "made-up names are a mood and a person" "" "$(S ps -a --filter label=many --format '{{.Names}}' | grep -Ev '^[a-z]+_[a-z]+[0-9]*$')"
S rename one uno
check_eq "a new name" "/uno $ID" "$(show uno '{{.Name}} {{.Id}}')"
check_match "the old one is gone" 'No such container' "$(S rm one 2>&1)"
check_match "a name that is taken" 'Conflict. The container name "/two" is already in use' "$(S rename uno two 2>&1)"
check_match "an empty one" 'Neither old nor new names may be empty|either old nor new' "$(S rename uno '' 2>&1)"
S ps -aq | xargs "$B/slipway" rm >/dev/null

# Update.
sleeper up -m 64m --memory-swap 128m --pids-limit 50
limit() { S exec up cat "/sys/fs/cgroup/$1" 2>/dev/null || S exec up cat "/sys/fs/cgroup/$2"; }
check_match "less memory than swap allows" '^up$' "$(S update -m 100m up 2>&1)"
check_match "more memory needs more swap" 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time' "$(S update -m 300m up 2>&1)"
check_match "both at once" '^up$' "$(S update -m 300m --memory-swap 600m up 2>&1)"
check_eq "are in the kernel" 314572800 "$(limit memory/memory.limit_in_bytes memory.max)"
check_match "back down again" '^up$' "$(S update -m 80m --memory-swap 90m up 2>&1)"
check_eq "is too" 83886080 "$(limit memory/memory.limit_in_bytes memory.max)"
S update --pids-limit 20 --cpus 0.5 up >/dev/null
check_eq "pids" 20 "$(limit pids/pids.max pids.max)"
check_match "cpus" '^50000' "$(limit cpu/cpu.cfs_quota_us cpu.max)"
check_match "a quota against cpus" 'Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set' "$(S update --cpu-quota 20000 up 2>&1)"
S update --pids-limit -1 up >/dev/null
check_eq "no limit again" max "$(limit pids/pids.max pids.max)"
check_match "cpus the machine has not" 'Cannot update container .*[Cc]pus|CPUs' "$(S update --cpuset-cpus 4000 up 2>&1)"
check_match "nothing to do" 'you must provide one or more flags' "$(S update up 2>&1)"
for i in 1 2 3 4 5 6; do S run -d --name "flaps$i" --restart always -m 50m --memory-swap 50m busybox sleep 0.03; done >/dev/null
check_eq "one that ends and starts again takes it at any moment" "" "$(for _ in 1 2 3 4; do for i in 1 2 3 4 5 6; do S update -m 60m --memory-swap 60m "flaps$i" >/dev/null; done; done 2>&1)"
S rm -f flaps1 flaps2 flaps3 flaps4 flaps5 flaps6 >/dev/null
check_match "a policy that is none" 'invalid restart policy' "$(S update --restart sometimes up 2>&1)"
S stop -t 0 up >/dev/null; S update --cpus 0.25 --restart on-failure:4 up >/dev/null
check_eq "a stopped one is updated for its next run" "250000000 on-failure 4" "$(show up '{{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}')"
S start up >/dev/null
check_match "which has it" '^25000' "$(limit cpu/cpu.cfs_quota_us cpu.max)"
S rm -f up >/dev/null

# Exec.
sleeper ex -e BASE=1
EXECS=()
for i in $(seq 50); do S exec ex sh -c "sleep 0.2; echo $i; exit $i" >"$TMP/x$i" & EXECS+=($!); done
BAD=0; for i in $(seq 50); do wait "${EXECS[i-1]}"; [ $? = "$i" ] && [ "$(cat "$TMP/x$i")" = "$i" ] || BAD=$((BAD + 1)); done
check_eq "fifty at once: each its output and its code" 0 $BAD
check_eq "none of them is left in inspect" null "$(api GET /containers/ex/json | jq -c .ExecIDs)"
create() { api POST "/containers/ex/exec" -H 'Content-Type: application/json' -d "$1" | jq -r .Id; }
begin() { api POST "/exec/$1/start" -H 'Content-Type: application/json' -d "$2"; }
E=$(create '{"Cmd":["sleep","1000"]}'); begin "$E" '{"Detach":true}'
check_eq "one that runs is" "[\"$E\"]" "$(api GET /containers/ex/json | jq -c .ExecIDs)"
check_match "it starts once" 'has already run' "$(begin "$E" '{"Detach":true}')"
E=$(create '{"Cmd":["stty","size"],"Tty":true,"AttachStdout":true}')
check_match "a terminal of the size that was asked for" '33 101' "$(begin "$E" '{"Tty":true,"ConsoleSize":[33,101]}')"
E=$(create '{"Cmd":["sh","-c","echo begun; sleep 0.5; touch /tmp/done"],"AttachStdin":true,"AttachStdout":true}')
curl -sN --unix-socket "$SOCK" -X POST "http://d/exec/$E/start" -H 'Content-Type: application/json' -d '{}' >"$TMP/begun" & C=$!
wait_for 5 grep -aq begun "$TMP/begun"; kill $C; wait $C 2>/dev/null
check "a client that goes away ends nothing" wait_for 5 S exec ex test -e /tmp/done
printf 'FILE=from file\nBASE=2\n' >"$TMP/env"
check_eq "environment from a file and by flag" "from file 3 2" "$(S exec --env-file "$TMP/env" -e FLAG=3 ex sh -c 'echo $FILE $FLAG $BASE')"
check_eq "a user by name" "65534" "$(S exec -u nobody ex id -u)"
# Those that are made and never started.
sleeper lazy
WAITS=$(api POST "/containers/lazy/exec" -H 'Content-Type: application/json' -d '{"Cmd":["true"]}' | jq -r .Id)
NEVER=$(api POST "/containers/lazy/exec" -H 'Content-Type: application/json' -d '{"Cmd":["true"]}' | jq -r .Id)
check_eq "so many may wait to be started" "1022 201" "$(curl -s --unix-socket "$SOCK" -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' -d '{"Cmd":["true"]}' "http://d/containers/lazy/exec?n=[1-1022]" | uniq -c | xargs)"
check_match "one more is told why not" 'Container [0-9a-f]{64} has 1024 execs that were created and not started.*409' "$(curl -s --unix-socket "$SOCK" -w ' %{http_code}' -H 'Content-Type: application/json' -d '{"Cmd":["true"]}' "http://d/containers/lazy/exec" | tr -d '\n')"
check_eq "other containers have theirs" 0 "$(S exec ex true; echo $?)"
begin "$WAITS" '{"Detach":true}'
check_eq "one that was started makes room" 0 "$(S exec lazy true; echo $?)"
S stop -t 0 lazy >/dev/null
check_match "they end with the container" 'No such exec instance' "$(api GET "/exec/$NEVER/json")"
S rm lazy >/dev/null
S exec ex sleep 1000 & P=$!
wait_for 5 eval 'S top ex | grep -c "sleep 1000" | grep -q 3'
S kill ex >/dev/null; wait $P
check_eq "the container's end is the exec's" 137 $?
check_match "no exec in one that does not run" 'is not running' "$(S exec ex true 2>&1)"
S rm ex >/dev/null

# A process that ends just while an exec is made is not missed.
hammer() {
    local i
    for i in $(seq 15); do
        S run -d --name "race$1-$i" --health-cmd true --health-interval 1ms busybox sh -c 'sleep 0.05; exit 3' >/dev/null
        S exec "race$1-$i" true >/dev/null 2>&1
        timeout 9 "$B/slipway" rm -f "race$1-$i" >/dev/null || echo "race$1-$i"
    done
}
check_eq "an end beside many execs is always noticed" "" "$(for c in 1 2 3; do hammer $c & done; wait)"

# Events: everything that was told of one container, in order.
BEGIN=$(now)
S volume create vol >/dev/null
S run -d --name ev --label color=blue -v vol:/v busybox sleep 1000 >/dev/null
S pause ev >/dev/null; S unpause ev >/dev/null; S exec ev true; S rename ev eve; S update --cpus 1 eve >/dev/null; S kill -s CONT eve >/dev/null
S restart -t 0 eve >/dev/null; S rm -f eve >/dev/null; S volume rm vol >/dev/null
END=$(now)
told() { S events --since "$BEGIN" --until "$END" "$@"; }
wait_for 5 eval '[ "$(told --filter event=exec_die | wc -l)" = 1 ]'
check_eq "all actions of its life" \
    "create start pause unpause exec_create: true exec_start: true exec_die rename update kill kill die stop start restart kill die destroy" \
    "$(told --filter type=container --format '{{.Action}}' | tr '\n' ' ' | sed 's/ $//')"
check_eq "with what each is about" "1 CONT" "$(told --filter event=kill --format '{{.Actor.Attributes.signal}}' | head -1 | sed 's/18/1 CONT/')"
check_eq "the old name" /ev "$(told --filter event=rename --format '{{.Actor.Attributes.oldName}}')"
check_eq "its labels" "blue busybox" "$(told --filter label=color=blue --filter event=create --format '{{.Actor.Attributes.color}} {{.Actor.Attributes.image}}')"
check_eq "its network" "connect disconnect connect disconnect" "$(told --filter type=network --format '{{.Action}}' | tr '\n' ' ' | sed 's/ $//')"
check_eq "its volume" "mount unmount mount unmount" "$(told --filter volume=vol --format '{{.Action}}' | grep mount | tr '\n' ' ' | sed 's/ $//')"
check_eq "a filter by image" 18 "$(told --filter image=busybox --filter type=container | wc -l)"
check_eq "nothing of another scope" "" "$(told --filter scope=swarm)"
check_eq "nothing later" "" "$(S events --since "$END" --until "$(now)")"
check_match "the end before the beginning" 'cannot be after `until`' "$(S events --since "$END" --until "$BEGIN" 2>&1)"
check_match "a time that is none" 'failed to parse value as time or duration' "$(S events --since yesterday 2>&1)"
timeout 10 "$B/slipway" events --filter event=create --format '{{.Actor.Attributes.name}}' >"$TMP/stream" & P=$!
wait_for 5 eval '[ "$(api GET /info | jq .NEventsListener)" = 1 ]'
S create --name streamed busybox true >/dev/null
check "what happens is streamed" wait_for 5 grep -q '^streamed$' "$TMP/stream"
kill -INT $P; wait $P 2>/dev/null
for _ in $(seq 130); do S rename streamed s2; S rename s2 streamed; done
check_eq "the last 256 are kept" 256 "$(S events --since "$BEGIN" --until "$(now)" | wc -l)"

# Prune.
S create --name pa --label keep=no busybox true >/dev/null; S create --name pb --label keep=yes busybox true >/dev/null; sleeper pc
check_eq "the question" "WARNING! This will remove all stopped containers.
Are you sure you want to continue? [y/N] " "$(S container prune </dev/null; echo)"
check_match "a filter that is none" "invalid filter|Invalid filter" "$(S container prune -f --filter name=pa 2>&1)"
check_match "nothing older than an hour" '^Total reclaimed space: 0B$' "$(S container prune -f --filter until=1h)"
check_match "by label" "$(show pa '{{.Id}}')" "$(S container prune -f --filter label=keep=no)"
check_match "all but a label" streamed "$(N=$(show streamed '{{.Id}}'); S container prune -f --filter label!=keep | sed "s/$N/streamed/")"
check_eq "the others stay" "pb pc" "$(S ps -a --format '{{.Names}}' | sort | tr '\n' ' ' | sed 's/ $//')"
check_match "answered with yes" 'Deleted Containers:' "$(echo y | S container prune)"
check_eq "what runs stays" pc "$(S ps -a --format '{{.Names}}')"
check_match "the system's question names all" 'all networks not used.*all anonymous volumes.*all images without.*all build cache.*filtered with.*label=x' \
    "$(echo n | S system prune -a --volumes --filter label=x | tr '\n' ' ')"
check_match "until and volumes exclude each other" 'The "until" filter is not supported with "--volumes"' "$(S system prune -f --volumes --filter until=1h 2>&1)"
check_eq "networks of its own it keeps" 3 "$(S network prune -f; S network ls -q | wc -l)"
S rm -f pc >/dev/null
finish
