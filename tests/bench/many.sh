# Many starts, one after the other.
# shellcheck shell=bash
heading "Detached containers, one after the other"
starts() { local i; for i in $(seq "$3"); do "$1" run -d --name "$2$i" busybox sleep 1000; done; }
removes() { seq -f "$2%g" "$3" | xargs -P 2 -n 25 "${@:4}" -H "unix://$TMP/$1.sock" rm -f >/dev/null; }
a=$(once starts S many 100); b=$(once starts D many 100)
result "100 x run -d" "<= 0.100" "$a" "$b"
removes s many 100 "$B/slipway"; removes d many 100 "$DOCKER"
