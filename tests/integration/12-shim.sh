#!/bin/bash
# The shim under the engine: streams, exit codes, and containers that live on when the engine dies.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

engine_start

# Streams and codes.
check_eq "stdout and stderr stay apart" "out" "$(S run --rm --network none busybox sh -c 'echo out; echo err >&2' 2>/dev/null)"
check_eq "stderr arrives as stderr" "err" "$(S run --rm --network none busybox sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)"
check_rc "the exit code is the process's" 42 S run --rm --network none busybox sh -c 'exit 42'
id=$(S run -d --network none busybox sleep 1000)
S kill "$id" >/dev/null
check_eq "death by signal is 128 and the signal" 137 "$(timeout 10 "$B/slipway" wait "$id")"
check_eq "input reaches the process, and so does its end" "3" "$(printf 'a\nb\nc\n' | S run -i --rm --network none busybox wc -l)"
check_eq "twenty megabytes arrive whole" "20000000" \
    "$(S run --rm --network none busybox sh -c 'yes 0123456789 | head -c 20000000' | wc -c)"

# A reader that stops reading ends the flood and not the engine.
check_eq "output into head" "y" "$(timeout 20 "$B/slipway" run --rm --network none busybox sh -c 'yes | head -n 200000' | head -n 1)"

# The engine dies: nothing is lost.
id=$(S run -d --network none --name shim-survivor busybox sh -c 'i=0; while [ ! -e /stop ]; do i=$((i+1)); echo $i; sleep 0.02; done; exit 9')
pid=$(S inspect -f '{{.State.Pid}}' "$id")
engine_kill9
lines=$(wc -l <"$DATA/containers/$id/$id-json.log")
grows() { [ "$(wc -l <"$DATA/containers/$id/$id-json.log")" -gt $((lines + 10)) ]; }
check "its log grows without the engine" wait_for 5 grows
check "for the container runs on" kill -0 "$pid"
engine_start
check_eq "the engine finds it again" "running $pid" "$(S inspect -f '{{.State.Status}} {{.State.Pid}}' "$id")"
check "no line of the log is missing" \
    bash -c '"$1"/slipway logs "$2" | awk "\$1 != NR { exit 1 } END { exit NR < 10 }"' bash "$B" "$id"
check_eq "exec works in it" "here" "$(S exec "$id" echo here)"
check_rc "with its own exit code" 7 S exec "$id" sh -c 'exit 7'
S exec "$id" touch /stop
check_eq "its exit code is known" 9 "$(timeout 10 "$B/slipway" wait "$id")"

# It ends while there is no engine.
id=$(S run -d --network none busybox sh -c 'sleep 0.5; echo last words; exit 5')
engine_kill9
wait_for 10 test -e "$EXEC/containers/$id/exit.json"
engine_start
check_eq "an exit that no engine saw is remembered" "exited 5" "$(S inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$id")"
check_eq "with the log of its last moment" "last words" "$(S logs "$id")"

# Size: what stays for each container.
id=$(S run -d --network none busybox sleep 1000)
pid=$(S inspect -f '{{.State.Pid}}' "$id")
shim=$(awk '{print $4}' "/proc/$pid/stat")
rss=$(awk '/^VmRSS/ {print $2}' "/proc/$shim/status")
echo "#   an idle shim: $rss kB resident"
grep -q '__asan' "$B/slipway-shim" || check "an idle shim stays below 2 MB" test "$rss" -lt 2000

finish
