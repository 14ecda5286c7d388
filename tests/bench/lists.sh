# Questions about many containers.
# shellcheck shell=bash
heading "With 500 more containers"
for i in $(seq 500); do
    S create --name "list$i" busybox true
    curl -fs --unix-socket "$TMP/d.sock" -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"]}' "http://d/containers/create?name=list$i"
done >/dev/null
compare "ps -a" "<= 0.200" ps -a
compare "ps -aq" "<= 0.200" ps -aq
compare "inspect list250" "<= 0.200" inspect list250
compare_engines "ps -a, docker's client" "<= 1" ps -a
compare_engines "inspect, docker's client" "<= 1" inspect list250
for i in $(seq 500); do echo "list$i"; done | tee >(xargs "$B/slipway" -H "unix://$TMP/s.sock" rm >/dev/null) | xargs "$DOCKER" -H "unix://$TMP/d.sock" rm >/dev/null
