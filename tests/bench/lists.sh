# Questions about many containers.
# shellcheck shell=bash
heading "With 500 more containers"
for i in $(seq 500); do S create --name "list$i" busybox true; done >/dev/null &
seq -f "list%g" 500 | xargs -P 2 -I{} curl -fs --unix-socket "$TMP/d.sock" -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"]}' "http://d/containers/create?name={}" >/dev/null
wait $!
compare "ps -a" "<= 0.200" ps -a
compare "ps -aq" "<= 0.200" ps -aq
compare "inspect list250" "<= 0.200" inspect list250
compare_engines "ps -a, docker's client" "<= 1" ps -a
compare_engines "inspect, docker's client" "<= 1" inspect list250
seq -f "list%g" 500 | xargs -n 50 "$B/slipway" -H "unix://$TMP/s.sock" rm >/dev/null
seq -f "list%g" 500 | xargs -P 2 -I{} curl -fs --unix-socket "$TMP/d.sock" -X DELETE "http://d/containers/{}" >/dev/null
