#!/bin/bash
# Logging drivers: what they keep, how it rotates, who reads it while it does, and what is refused.
. "$(dirname "$0")/../lib.sh"
engine_start
wait_for 60 sh -c "$B/slipway images -q | grep -q ."

refused() { local name=$1 want=$2; shift 2; check_match "$name" "$want" "$(S create "$@" busybox true 2>&1)"; }
log_of() { S logs "$1" 2>/dev/null; }

# Options
refused "an option that json-file has not" "unknown log opt 'nosuch' for json-file log driver" --log-opt nosuch=1
refused "an option that local has not" "unknown log opt 'labels' for log driver local" --log-driver local --log-opt labels=a
refused "an option that syslog has not" "unknown log opt 'max-size' for syslog log driver" --log-driver syslog --log-opt max-size=1
refused "drivers that are not here" 'error looking up logging plugin gelf: plugin "gelf" not found' --log-driver gelf
refused "a mode that is none" "logging mode not supported: sometimes" --log-opt mode=sometimes
refused "a buffer without its mode" "max-buffer-size option is only supported with 'mode=non-blocking'" --log-opt max-buffer-size=1m
refused "a syslog address that is none" "syslog-address should be in form proto://address" --log-driver syslog --log-opt syslog-address=nonsense
refused "syslog over TLS" "syslog over TLS is not available" --log-driver syslog --log-opt syslog-address=tcp+tls://x:1
refused "a facility that is none" "invalid syslog facility" --log-driver syslog --log-opt syslog-facility=none
start_refused() { check_match "$1" "failed to initialize logging driver: $2" "$(S run --rm "${@:3}" busybox true 2>&1)"; }
start_refused "a size that is none" "invalid size: 'abc'" --log-opt max-size=abc
start_refused "no file at all" "max-file cannot be less than 1" --log-opt max-file=0
start_refused "compressing without rotating" "compress cannot be true" --log-opt compress=true
start_refused "a tag that names nothing" "template: log-tag" --log-opt 'tag={{.Nonsense}}'
[ -S /dev/log ] || start_refused "syslog where there is none" "Unix syslog delivery error" --log-driver syslog
[ -S /run/systemd/journal/socket ] || start_refused "journald where there is none" "journald is not enabled on this host" --log-driver journald
check_eq "the drivers are listed" "journald json-file local syslog" "$(S info -f '{{join .Plugins.Log " "}}')"

# Attributes
S run --name attrs --label color=blue --label colder=no --label x=1 -e WHO=me --log-opt labels-regex='^col' --log-opt env=WHO \
    --log-opt 'tag={{.Name}}/{{.ImageName}}' busybox echo hello >/dev/null
check_eq "attributes are shown by name" "WHO=me,colder=no,color=blue,tag=attrs%2Fbusybox hello" "$(S logs --details attrs)"
check_eq "they stand in every line of the file" '{"WHO":"me","colder":"no","color":"blue","tag":"attrs/busybox"}' \
    "$(jq -c .attrs "$(S inspect -f '{{.LogPath}}' attrs)")"
S run --name none --log-driver none busybox echo x >/dev/null
check_match "none keeps nothing" "configured logging driver does not support reading" "$(S logs none 2>&1)"

# Bytes
head -c 300000 /dev/urandom >"$TMP/bytes"
S run --name local --log-driver local -v "$TMP/bytes:/bytes:ro" busybox cat /bytes >/dev/null
check_eq "local keeps every byte, however long a line is" "$(sha256sum <"$TMP/bytes")" "$(S logs local 2>&1 | sha256sum)"
check_eq "local's files are nobody's business" "" "$(S inspect -f '{{.LogPath}}' local)"
S run --name long busybox sh -c 'head -c 50000 /dev/zero | tr "\0" a; echo; printf "\342\202\254 end"' >/dev/null
check_eq "a long line comes back as one" 50001 "$(log_of long | head -n 1 | wc -c)"
check_eq "what follows it is exact" "€ end" "$(log_of long | tail -c 7)"

# Rotation
numbers() { seq 1 "$1" | sed 's/$/ is the number of this line/'; }
for driver in json-file local; do
    for compress in false true; do
        name=rot-$driver-$compress
        S run -d --name "$name" --log-driver "$driver" --log-opt max-size=20k --log-opt max-file=100 --log-opt compress=$compress \
            busybox sh -c 'i=0; while [ $i -lt 6000 ]; do i=$((i+1)); echo "$i is the number of this line"; done' >/dev/null
        check_eq "$driver, compress $compress: a follower misses no line" "$(numbers 6000 | sha256sum)" "$(timeout 60 "$B/slipway" logs -f "$name" | sha256sum)"
        check_eq "$driver, compress $compress: all is there afterwards" "$(numbers 6000 | sha256sum)" "$(log_of "$name" | sha256sum)"
        check_eq "$driver, compress $compress: the last lines, over several files" "$(numbers 6000 | tail -n 1500 | sha256sum)" "$(S logs -n 1500 "$name" | sha256sum)"
    done
done
S run --name few --log-opt max-size=2k --log-opt max-file=3 busybox seq 1 1000 >/dev/null
check_eq "no more files than were asked for" 3 "$(find "$(dirname "$(S inspect -f '{{.LogPath}}' few)")" -name '*-json.log*' | wc -l)"
check_eq "the last lines are kept" "999 1000" "$(S logs -n 2 few | xargs)"

# Without a daemon
alone=$(S run -d --name alone --log-opt max-size=10k --log-opt max-file=200 --log-opt compress=true busybox sh -c \
    'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "$i is the number of this line"; [ $((i % 100)) = 0 ] && sleep 0.05; done; sleep 1000')
engine_kill9
check "meanwhile older files are compressed" wait_for 20 sh -c \
    "grep -q '\"3000 is' $DATA/containers/$alone/*-json.log && ls $DATA/containers/$alone/*.gz && ! ls $DATA/containers/$alone/*-json.log.*[0-9]"
engine_start --log-driver local --log-opt max-size=1m
check_eq "the daemon's driver and options are the default" '{"Type":"local","Config":{"max-file":"2","max-size":"1m"}}' \
    "$(S create --name default --log-opt max-file=2 busybox >/dev/null; S inspect -f '{{json .HostConfig.LogConfig}}' default)"
check_eq "another driver does not get them" '{"Type":"json-file","Config":{}}' \
    "$(S create --name other --log-driver json-file busybox >/dev/null; S inspect -f '{{json .HostConfig.LogConfig}}' other)"
check_eq "the log goes on and rotates without the daemon" "$(numbers 3000 | sha256sum)" "$(log_of alone | sha256sum)"

# Services
if busybox nc -h 2>&1 | grep -q -- -l; then
    busybox nc -l -p 5140 >"$TMP/syslog" & nc=$!
    wait_for 5 sh -c "grep -q ':1414 ' /proc/net/tcp /proc/net/tcp6"
    S run --name sys --log-driver syslog --log-opt syslog-address=tcp://127.0.0.1:5140 --log-opt syslog-facility=local3 \
        --log-opt syslog-format=rfc5424 --log-opt tag=web busybox sh -c 'echo to the service; echo bad >&2' >/dev/null 2>&1
    wait_for 10 grep -q bad "$TMP/syslog"
    kill $nc 2>/dev/null; wait $nc 2>/dev/null
    check_match "syslog gets lines with facility, severity and tag" '^<158>1 [0-9T:+Z-]+ [^ ]+ web [0-9]+ web - to the service$' "$(cat "$TMP/syslog")"
    check_match "errors are errors there" '^<155>1 .* - bad$' "$(cat "$TMP/syslog")"
    check_eq "and logs can be read all the same" "to the service" "$(log_of sys)"
else
    skip "syslog over TCP" "this busybox has no nc that listens"
fi

# The end of following
S run -d --name ends busybox sh -c 'echo begun; sleep 1000' >/dev/null
S logs -f ends >"$TMP/followed" 2>&1 & follower=$!
wait_for 10 grep -q begun "$TMP/followed"
S rm -f ends >/dev/null
check "following ends when the container is removed" wait_for 10 sh -c "! kill -0 $follower"
check_eq "attach gives the log first when asked for" "to-log" "$(S run -d --name al busybox sh -c 'echo to-log; sleep 1000' >/dev/null
    wait_for 10 sh -c "$B/slipway logs al | grep -q to-log"; api POST '/v1.41/containers/al/attach?logs=1&stdout=1' | tail -c +9)"
check_match "a websocket is refused in words" '"message":"attaching through a websocket is not available' "$(api GET /containers/al/attach/ws)"

# A flood is slowed, and slows nobody
S run -d --name flood --log-opt max-size=1m --log-opt max-file=2 busybox yes 'a line of a container that does not stop' >/dev/null
S logs -f flood >/dev/null 2>&1 & follower=$!
before=$SECONDS
check_eq "beside a flood another container runs" ok "$(timeout 20 "$B/slipway" run --rm busybox echo ok)"
check "and soon" [ $((SECONDS - before)) -lt 10 ]
check "logs without -f ends in a flood" timeout 20 "$B/slipway" logs -n 5 flood
shim=$(for p in /proc/[0-9]*; do tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -q "slipway-shim --id $(S inspect -f '{{.Id}}' flood)" && echo "${p#/proc/}"; done | head -1)
memory=$(awk '/^VmHWM/ {print $2}' "/proc/$shim/status")
check "the shim stays small ($memory KiB)" [ "$memory" -lt 4096 ]
S rm -f flood >/dev/null
check "its follower ends with it" wait_for 10 sh -c "! kill -0 $follower"

# Stats and top
S run -d --name busy --pids-limit 50 -m 64m busybox sh -c 'while :; do :; done' >/dev/null
once=$(api GET '/v1.43/containers/busy/stats?stream=0')
check_eq "figures of a container, and of a moment before" "true true true 50 67108864" \
    "$(jq -r '"\(.cpu_stats.cpu_usage.total_usage > .precpu_stats.cpu_usage.total_usage) \(.precpu_stats.system_cpu_usage > 0) \(.networks.eth0 != null) \(.pids_stats.limit) \(.memory_stats.limit)"' <<<"$once")"
check_match "a loop uses a processor" '^busy [1-9][0-9.]+% [^ ]+ / 64MiB 1$' "$(S stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' busy)"
check_eq "one reading is enough when asked for" "0 0001-01-01T00:00:00Z" "$(api GET '/v1.43/containers/busy/stats?stream=0&one-shot=1' | jq -r '"\(.precpu_stats.cpu_usage.total_usage) \(.preread)"')"
check_match "a stream of one reading is refused" "cannot have stream=true and one-shot=true" "$(api GET '/v1.43/containers/busy/stats?one-shot=1')"
timeout 100 "$B/slipway" stats --format '{{.Name}} {{.CPUPerc}}' busy >"$TMP/stream" & stream=$!
check "a stream goes on" wait_for 10 eval '[ "$(grep -c "^busy\|busy [0-9]" "$TMP/stream")" -ge 2 ]'
kill $stream; wait $stream 2>/dev/null
check_rc "a container that is not there" 1 "$B/slipway" stats --no-stream nosuch
check_match "a column cannot pass for the pid" 'specifying \\"user=PID\\" is not allowed' "$(api GET '/containers/busy/top?ps_args=-o%20user=PID')"
check_eq "top with columns of one's own" "PID COMMAND" "$(S top busy -o pid,comm | head -1 | xargs)"
finish
