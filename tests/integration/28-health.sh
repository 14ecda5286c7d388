#!/bin/bash
# Health checks as a person sees them: their states in ps and inspect, their events, their limits, and what pause, a dead
# daemon and the end of the container do to them.
. "$(dirname "$0")/../lib.sh"
engine_start

status_of() { S inspect -f '{{.State.Health.Status}}' "$1"; }
is() { [ "$(status_of "$1")" = "$2" ]; }
health() { api GET "/containers/$1/json" | jq -r ".State.Health$2"; }
probes() { health "$1" '.Log|length'; }
checked() { [ "$(health "$1" '.Log[-1].End')" != "$2" ]; } # since that time

BEGIN=$(date +%s.%N)
S run -d --name good --health-cmd 'test -e /ok && echo fine' --health-interval 200ms --health-retries 2 busybox sleep 1000 >/dev/null
check_match "a check begins as starting" '^starting$|^unhealthy$' "$(status_of good)"
check "after its retries it is unhealthy" wait_for 10 is good unhealthy
check_match "ps says so" 'Up .* \(unhealthy\)' "$(S ps --filter name=good --format '{{.Status}}')"
check "the streak is counted" [ "$(health good .FailingStreak)" -ge 2 ]
check_eq "and the exit code kept" 1 "$(health good '.Log[0].ExitCode')"
S exec good touch /ok
check "one success makes it healthy" wait_for 10 is good healthy
check_eq "and ends the streak" 0 "$(health good .FailingStreak)"
check "five results are kept" wait_for 10 eval '[ "$(probes good)" = 5 ]'
sleep 0.5
check_eq "never more" 5 "$(probes good)"
check_eq "with their output" "fine" "$(health good '.Log[-1].Output')"
check_match "ps finds it by its health" '^good$' "$(S ps --filter health=healthy --format '{{.Names}}')"
check_eq "and not by another" "" "$(S ps --filter health=starting --format '{{.Names}}')"
check_match "a health that is none is refused" 'Unrecognised filter value for health: well' "$(S ps --filter health=well 2>&1)"

S run -d --name slow --health-cmd 'echo wait; sleep 100' --health-interval 200ms --health-timeout 1s --health-retries 1 busybox sleep 1000 >/dev/null
S run -d --name long --health-cmd 'head -c 5000 /dev/zero | tr "\0" x; exit 3' --health-interval 200ms --health-start-period 1h busybox sleep 1000 >/dev/null
api POST '/containers/create?name=missing' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["sleep","1000"],"Healthcheck":{"Test":["CMD","/no/such"],"Interval":200000000}}' >/dev/null
S start missing >/dev/null
check "a check that takes too long is unhealthy" wait_for 10 is slow unhealthy
check_match "the log says why, with what it had said" '^-1 Health check exceeded timeout \(1s\): wait' "$(health slow '.Log[0]|"\(.ExitCode) \(.Output)"')"
check "and it is killed" wait_for 5 eval '[ "$(S top slow -o pid,args | grep -c "sleep 100$")" -le 1 ]'
check "output has a bound" wait_for 10 eval '[ "$(health long ".Log[0].Output|length")" = 4099 ]'
check_eq "failures within the start period do not count" "starting 0" "$(health long '|"\(.Status) \(.FailingStreak)"')"
check_match "ps says starting" 'Up .* \(health: starting\)' "$(S ps --filter name=long --format '{{.Status}}')"
check "a command that is not there fails" wait_for 10 eval 'health missing ".Log[0].Output" | grep -q "no such file"'
check_eq "with code -1" -1 "$(health missing '.Log[0].ExitCode')"

S pause good >/dev/null
rests() { LAST=$(health good '.Log[-1].End'); sleep 0.7; ! checked good "$LAST"; } # one that was under way may still be told of
check "no check while it is paused" wait_for 2 rests
LAST=$(health good '.Log[-1].End')
check_match "ps says paused" '\(Paused\)' "$(S ps --filter name=good --format '{{.Status}}')"
S unpause good >/dev/null
check "they go on after" wait_for 10 checked good "$LAST"
check "and it is healthy again" wait_for 10 is good healthy

PID=$(S inspect -f '{{.State.Pid}}' good)
engine_kill9; engine_start
LAST=$(health good '.Log[-1].End')
check_eq "a new daemon knows its health" "healthy $PID" "$(S inspect -f '{{.State.Health.Status}} {{.State.Pid}}' good)"
check "and goes on checking" wait_for 10 checked good "$LAST"
check_match "an unhealthy one stays unhealthy" unhealthy "$(status_of slow)"
S exec good rm /ok
check "and judges anew" wait_for 10 is good unhealthy
S exec good touch /ok
check "both ways" wait_for 10 is good healthy
S stop -t 0 good >/dev/null
check_eq "one that has ended counts as unhealthy" unhealthy "$(status_of good)"
LAST=$(health good '.Log[-1].End')
S start good >/dev/null
check "started again it begins anew" wait_for 10 is good healthy

EVENTS=$(S events --since "$BEGIN" --until "$(date +%s.%N)" --filter container=good --format '{{.Action}}')
check_match "a change is an event" '^health_status: healthy$' "$EVENTS"
check_match "a check is an exec" '^exec_create: /bin/sh -c test -e /ok && echo fine$' "$EVENTS"
check_match "that ends" '^exec_die$' "$EVENTS"
check_eq "the event filter knows it" "health_status: healthy" \
    "$(S events --since "$BEGIN" --until "$(date +%s.%N)" --filter event=health_status --filter container=good --format '{{.Action}}' | tail -1)"

refuse() { S run --rm "$@" busybox true 2>&1; }
check_match "an interval below a millisecond is refused" 'Interval in Healthcheck cannot be less than 1ms' "$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"Healthcheck":{"Test":["CMD","true"],"Interval":1000}}')"
check_match "negative retries too" 'Retries in Healthcheck cannot be negative' "$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"Healthcheck":{"Test":["CMD","true"],"Retries":-1}}')"
check_match "an unknown kind too" "Unknown healthcheck type 'SHELL'" "$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"Healthcheck":{"Test":["SHELL","true"]}}')"
check_match "a wrong type too" 'cannot unmarshal' "$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"Healthcheck":{"Test":"true"}}')"
check_match "a start interval needs a newer API" '1\.44' "$(refuse --health-cmd true --health-start-interval 1s)"
S run -d --name off --no-healthcheck busybox sleep 1000 >/dev/null
check_eq "without a check there is no health" null "$(api GET /containers/off/json | jq .State.Health)"
check_match "which ps can ask for" '^off$' "$(S ps --filter health=none --filter name=off --format '{{.Names}}')"

# An image can bring its own.
S create --name base busybox sleep 1000 >/dev/null
S commit -c 'HEALTHCHECK --interval=200ms --retries=2 CMD echo from image' base checked >/dev/null
S run -d --name inherits checked >/dev/null
S run -d --name more --health-retries 7 checked >/dev/null
S run -d --name without --no-healthcheck checked >/dev/null
check "an image's check is the container's" wait_for 10 is inherits healthy
check_eq "unless it says otherwise, one by one" '{"Test":["CMD-SHELL","echo from image"],"Interval":200000000,"Retries":7}' "$(S inspect -f '{{json .Config.Healthcheck}}' more)"
check_eq "or wants none" null "$(api GET /containers/without/json | jq .State.Health)"

# Thirty containers at once share one thread; when nothing is due nothing runs.
for i in $(seq 30); do S run -d --name "many$i" --health-cmd true --health-interval 1s busybox sleep 1000 >/dev/null; done
check "thirty are healthy within seconds" wait_for 20 eval '[ "$(S ps -q --filter health=healthy | wc -l)" -ge 30 ]'
S ps -aq | xargs "$B/slipway" rm -f >/dev/null
check "removal waits for no check" [ -z "$(S ps -aq)" ]
check "an engine without checks is idle" at_rest "$ENGINE_PID" 5 1
finish
