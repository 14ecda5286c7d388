#!/bin/bash
# The daemon is killed, stopped, cut off in the middle: containers keep running, nothing that happened meanwhile is lost, and what was
# half-made is cleared away.
. "$(dirname "$0")/../lib.sh"
engine_start

make() { # NAME COMMAND HOSTCONFIG
    api POST "/containers/create?name=$1" -H 'Content-Type: application/json' -d "{\"Image\":\"busybox\",\"Cmd\":[\"sh\",\"-c\",\"$2\"],\"HostConfig\":${3:-{\}}}" | jq -r .Id
}
begin() { make "$@" >/dev/null; api POST "/containers/$1/start"; }
status_of() { api GET "/containers/$1/json" | jq -r "$2"; }
is() { [ "$(status_of "$1" "$2")" = "$3" ]; }

begin stays 'i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.05; done' '{"PortBindings":{"80/tcp":[{"HostPort":"18081"}]}}'
begin ends 'sleep 0.3; echo bye; exit 42'
begin vanishes 'sleep 0.3' '{"AutoRemove":true}'
begin paused 'sleep 1000'; api POST /containers/paused/pause
begin policy 'sleep 0.3; exit 1' '{"RestartPolicy":{"Name":"always"}}'
begin stopped 'sleep 1000' '{"RestartPolicy":{"Name":"unless-stopped"}}'; api POST "/containers/stopped/stop?t=0"
PID=$(status_of stays .State.Pid) ADDRESS=$(status_of stays .NetworkSettings.IPAddress)
api POST "/containers/ends/exec" -H 'Content-Type: application/json' -d '{"Cmd":["true"]}' >/dev/null
mkdir "$DATA/containers/$(printf 'ab%.0s' $(seq 32))"      # as if creation had been cut off
DAMAGED=$(printf 'cd%.0s' $(seq 32)); mkdir "$DATA/containers/$DAMAGED"; echo '{' >"$DATA/containers/$DAMAGED/config.v2.json"
ENDING=$(for name in ends vanishes policy; do status_of $name .State.Pid; done)
engine_kill9
for pid in $ENDING; do [ "$pid" = null ] || [ "$pid" = 0 ] || wait_for 5 test ! -e "/proc/$pid"; done
check "the container did not notice" kill -0 "$PID"
engine_start

check_eq "it is found running, the same process" "$PID running" "$(status_of stays '"\(.State.Pid) \(.State.Status)"')"
check_eq "with its address" "$ADDRESS" "$(status_of stays .NetworkSettings.IPAddress)"
check_eq "and its port" 18081 "$(status_of stays '.NetworkSettings.Ports["80/tcp"][0].HostPort')"
check_eq "what ended meanwhile kept its exit code" "42 exited" "$(status_of ends '"\(.State.ExitCode) \(.State.Status)"')"
check_match "and its log" bye "$(api GET '/containers/ends/logs?stdout=1' | tr -d '\000')"
wait_for 5 eval 'api GET /containers/vanishes/json | grep -q "No such"'
check_match "a container of --rm that ended meanwhile is removed" 'No such container' "$(api GET /containers/vanishes/json)"
check "a paused one is still paused, and thaws" eval 'is paused .State.Status paused && api POST /containers/paused/unpause && is paused .State.Status running'
check "a policy is carried on" wait_for 5 is policy .State.Running true
check_eq "what was stopped by hand stays stopped" exited "$(status_of stopped .State.Status)"
check "one whose description cannot be read is not thrown away" test -f "$DATA/containers/$DAMAGED/config.v2.json"
rm -r "${DATA:?}/containers/$DAMAGED"
check_match "and is told of" "Failed to load container $DAMAGED" "$(cat "$TMP/engine.log")"
check_eq "the half-made directory is gone" 0 "$(ls "$DATA/containers" | grep -c ^abab)"

LINES=$(api GET '/containers/stays/logs?stdout=1' | grep -ac tick)
check "its log goes on" wait_for 3 eval '[ "$(api GET "/containers/stays/logs?stdout=1" | grep -ac tick)" -gt $LINES ]'
check_eq "no line of it was lost" "" "$(api GET '/containers/stays/logs?stdout=1' | tr -d '\000-\011\013-\037' | grep -ao 'tick [0-9]*' | awk '$2 != NR-1 {print; exit}')"
E=$(api POST /containers/stays/exec -H 'Content-Type: application/json' -d '{"Cmd":["echo","still here"],"AttachStdout":true}' | jq -r .Id)
check_match "an exec works in it" 'still here' "$(api POST "/exec/$E/start" -H 'Content-Type: application/json' -d '{}' | tr -d '\000')"
check_match "a new container does not get its address" '10\.213\.0\.' "$(begin other 'sleep 1000'; status_of other .NetworkSettings.IPAddress | grep -v "^$ADDRESS\$")"
check_match "nor its port" 'port is already allocated' "$(make clash true '{"PortBindings":{"80/tcp":[{"HostPort":"18081"}]}}' >/dev/null; api POST /containers/clash/start)"
check "stop reaches it" eval 'api POST "/containers/stays/stop?t=0"; is stays .State.ExitCode 137'
check "and its port is free again" eval 'api POST /containers/clash/start; is clash .State.Error ""'

# A daemon that is told to end leaves containers alone, too.
PID=$(status_of other .State.Pid)
engine_stop
check "the socket is gone" eval '! [ -e "$SOCK" ]'
check "the container is not" kill -0 "$PID"
engine_start
check_eq "and it is found again" "$PID" "$(status_of other .State.Pid)"

# Killed again and again while containers come and go.
( while [ -d "$TMP" ] && [ ! -e "$TMP/enough" ]; do
    api POST '/containers/create' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"HostConfig":{"AutoRemove":true}}' | jq -r .Id >"$TMP/one" 2>/dev/null
    api POST "/containers/$(cat "$TMP/one")/start" >/dev/null
done ) 2>/dev/null &
hammer=$!
for _ in 1 2 3 4 5 6; do sleep 0.3; engine_kill9; engine_start; done
touch "$TMP/enough"; wait $hammer 2>/dev/null
for id in $(api GET '/containers/json?all=1' | jq -r .[].Id); do api DELETE "/containers/$id?force=1&v=1"; done
engine_stop; engine_start
check_eq "no container is left" 0 "$(api GET '/containers/json?all=1' | jq length)"
check "no directory is left" wait_for 5 eval '[ "$(ls "$DATA/containers" "$EXEC/containers" | grep -c "^[0-9a-f]\{64\}$")" = 0 ]'
check "no layer is left" wait_for 5 eval '[ "$(ls "$DATA/overlay2" | grep -c init)" = 0 ]'
check "no shim is left" wait_for 5 eval '! pgrep -f "slipway-shim.*$TMP/" >/dev/null'
check "no veth is left" wait_for 5 eval '[ "$(ip -o link show type veth | wc -l)" = 0 ]'
check "no cgroup is left" wait_for 5 eval '[ -z "$(find /sys/fs/cgroup -maxdepth 3 -type d -path "*/slipway-$(printf %s "$EXEC" | sha256sum | head -c 8)/*")" ]'
finish
