#!/bin/bash
# What a daemon that ends does to containers: nothing with live-restore, an orderly end without; and what the next one, or the next
# boot of the machine, makes of what it finds: restart policies, exit codes, attached clients, events.
. "$(dirname "$0")/../lib.sh"

show() { S inspect -f "$2" "$1"; }
is() { [ "$(show "$1" "$2")" = "$3" ]; }
count() { show "$1" '{{.RestartCount}}'; }
now() { date +%s.%N; }
begun() { wait_for 5 eval "S logs $1 | grep -q begun"; } # its trap is set
power_off() { local pid; for pid in $(pgrep -f "slipway-shim.*$EXEC/"); do kill -9 "$pid"; done; groups_remove "$EXEC"; rm -rf "$EXEC"; } # no process, and nothing of /run

# Policies.
engine_start --live-restore=true
S run -d --name crash --restart on-failure:3 busybox sh -c 'cut -d" " -f1 /proc/uptime; exit 9' >/dev/null
check "on-failure:3 tries three times more" wait_for 10 is crash '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' '3 exited 9'
check "with at least 100, 200 and 400 ms between" eval '[ "$(S logs crash | awk "NR==1 {first=\$1} END {print (\$1-first >= 0.69)}")" = 1 ]'
S run -d --name fine --restart on-failure busybox true >/dev/null
check "on-failure does not repeat a success" wait_for 5 is fine '{{.RestartCount}} {{.State.Status}}' '0 exited'
S run -d --name loop --restart always busybox false >/dev/null
check "always repeats" wait_for 10 eval '[ "$(count loop)" -ge 3 ]'
check "meanwhile it is restarting" wait_for 10 is loop '{{.State.Status}} {{.State.Restarting}} {{.State.Running}}' 'restarting true true'
check_match "and ps says so" '^Restarting \(1\) ' "$(S ps --filter name=loop --format '{{.Status}}')"
check_match "rm wants force" 'You cannot remove a (restarting|running) container' "$(S rm loop 2>&1)"
check_match "an exec has to wait" 'is restarting, wait until the container is running|is not running' "$(S exec loop true 2>&1)"
S update --restart on-failure:1 loop >/dev/null
check "another policy takes effect" wait_for 20 is loop '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' 'exited on-failure'
S start loop >/dev/null
check "a start by hand counts anew" wait_for 10 is loop '{{.RestartCount}} {{.State.Status}}' '1 exited'
S run -d --name kept --restart unless-stopped busybox sh -c 'trap "exit 0" HUP; echo begun; while :; do sleep 0.05; done' >/dev/null
begun kept; S kill -s HUP kept >/dev/null
check "a signal by hand is no crash" wait_for 5 is kept '{{.State.Status}} {{.RestartCount}}' 'exited 0'
S run -d --name other --restart always --stop-signal USR1 busybox sh -c 'trap "exit 0" HUP; echo begun; while :; do sleep 0.05; done' >/dev/null
begun other; S kill -s HUP other >/dev/null
check "a signal that is not meant to end it lets its policy act" wait_for 5 eval '[ "$(count other)" -ge 1 ]'
check_match "a policy and --rm exclude each other" 'Restart policy cannot be updated because AutoRemove is enabled' \
    "$(S run -d --rm --name gone busybox sleep 1000 >/dev/null; S update --restart always gone 2>&1)"
S ps -aq | xargs "$B/slipway" rm -f >/dev/null

# A daemon that is killed, with clients attached, and things happening while it is away.
S run -d --name survivor busybox sh -c 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.02; done' >/dev/null
S run -d --name ends busybox sh -c 'until [ -e /go ]; do sleep 0.02; done; echo last words; exit 42' >/dev/null
S run -d --name again --restart always busybox sh -c 'sleep 0.5; exit 1' >/dev/null
S run -d --name third --restart on-failure:2 busybox sh -c 'sleep 0.5; exit 1' >/dev/null
S run -d --name byhand --restart unless-stopped busybox sleep 1000 >/dev/null; S stop -t 0 byhand >/dev/null
S run -d --name always --restart always busybox sleep 1000 >/dev/null; S stop -t 0 always >/dev/null
S create --name never --restart always busybox sleep 1000 >/dev/null
( S attach --sig-proxy=false survivor >"$TMP/attached" 2>&1; echo "left with $?" >>"$TMP/attached" ) &
wait_for 5 grep -q line "$TMP/attached"
PID=$(show survivor '{{.State.Pid}}') ENDS=$(show ends '{{.State.Pid}}')
engine_kill9
touch "/proc/$ENDS/root/go"
check "a container ends while no daemon is there" wait_for 5 eval '! kill -0 $ENDS'
wait_for 5 grep -q 'left with' "$TMP/attached"
check_match "an attached client notices" 'left with' "$(cat "$TMP/attached")"
sleep 0.7
AWAY=$(now)
engine_start --live-restore=true
check_eq "a running one is taken over" "$PID running" "$(show survivor '{{.State.Pid}} {{.State.Status}}')"
check_eq "one that ended kept its code" "exited 42" "$(show ends '{{.State.Status}} {{.State.ExitCode}}')"
check_match "and its log" 'last words' "$(S logs ends)"
check_match "its end is an event" '^ends die 42$' "$(S events --since "$AWAY" --until "$(now)" --filter event=die --format '{{.Actor.Attributes.name}} {{.Action}} {{.Actor.Attributes.exitCode}}')"
check "always starts it again" wait_for 5 is again '{{.State.Running}}' true
check "on-failure as often as it may" wait_for 10 is third '{{.State.Status}}' exited
check_eq "unless-stopped is left alone" exited "$(show byhand '{{.State.Status}}')"
check "always is not, even when stopped by hand" wait_for 5 is always '{{.State.Status}}' running
check_eq "what never ran is not started" created "$(show never '{{.State.Status}}')"
check_match "a new client can attach" 'line [0-9]+' "$(timeout 60 "$B/slipway" attach --sig-proxy=false survivor 2>&1 | head -1)"
check_eq "no line was lost" "" "$(S logs survivor | awk '$2 != NR-1 {print; exit}')"

# An orderly end with live-restore.
engine_stop; engine_start --live-restore=true
check_eq "an orderly end leaves it running, too" "$PID" "$(show survivor '{{.State.Pid}}')"

# The machine is switched off: no process and nothing of the exec root is left.
S run -d --name leader --restart always busybox sleep 1000 >/dev/null
S run -d --name joined --restart always --network container:leader busybox sleep 1000 >/dev/null
engine_kill9
power_off
engine_start --live-restore=true
check_eq "after a boot nothing without policy runs" "exited 255" "$(show survivor '{{.State.Status}} {{.State.ExitCode}}')"
check "always is started" wait_for 5 is always '{{.State.Status}}' running
check "and after it who shares its network" wait_for 10 is joined '{{.State.Status}}' running
check_eq "unless-stopped is not, when it was stopped" exited "$(show byhand '{{.State.Status}}')"
S start byhand >/dev/null
engine_kill9; power_off
engine_start --live-restore=true
check "and is, when it was not" wait_for 5 is byhand '{{.State.Status}}' running
S ps -aq | xargs "$B/slipway" rm -f >/dev/null
engine_stop

# Without live-restore.
engine_start --live-restore=false
S run -d --name polite --restart unless-stopped busybox sh -c 'trap "echo asked; exit 7" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
S run -d --name plain busybox sh -c 'trap "sleep 0.5; exit 3" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
S run -d --name deaf --stop-timeout 1 busybox sh -c 'trap "" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
S run -d --name fails --restart on-failure busybox sh -c 'trap "exit 5" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
S run -d --name brief --rm busybox sleep 1000 >/dev/null
S run -d --name frozen busybox sleep 1000 >/dev/null; S pause frozen >/dev/null
for name in polite plain deaf fails; do begun $name; done
START=$(date +%s%N); engine_stop; TOOK=$((($(date +%s%N) - START) / 1000000))
check "all are stopped at the same time" [ $TOOK -lt 14000 ]
check "no container process is left" eval '[ -z "$(find /sys/fs/cgroup -path "*/slipway-$(printf %s "$EXEC" | sha256sum | cut -c1-8)*" -name cgroup.procs -exec cat {} +)" ]'
check "nor a shim" eval '! pgrep -f "slipway-shim.*$EXEC/"'
engine_start --live-restore=false
check_eq "each had its stop signal" "exited 3" "$(show plain '{{.State.Status}} {{.State.ExitCode}}')"
check_eq "and SIGKILL after its time" "exited 137" "$(show deaf '{{.State.Status}} {{.State.ExitCode}}')"
check "unless-stopped runs again" wait_for 5 is polite '{{.State.Status}} {{.RestartCount}}' 'running 0'
check_match "after having ended properly" asked "$(S logs polite)"
check "on-failure too" wait_for 5 is fails '{{.State.Status}}' running
check_match "--rm is removed" 'No such (object|container)' "$(show brief x 2>&1)"
PID=$(show polite '{{.State.Pid}}')
engine_kill9; engine_start --live-restore=false
check "what a dead daemon left running is stopped, and started anew" wait_for 5 eval 'is polite "{{.State.Running}}" true && [ "$(show polite "{{.State.Pid}}")" != "$PID" ]'
finish
