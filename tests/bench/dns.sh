#!/usr/bin/env bash
# How fast names are answered: questions a second and the median of an answer, from inside a container, with dnsperf; and what is
# left of that for one container while another floods the server. Runs alone too.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
SECONDS_EACH=${SECONDS_EACH:-5}

command -v dnsperf >/dev/null || { skip "questions a second" "needs the Debian package dnsperf"; finish; }
engine_start
S network create --subnet 10.91.0.0/24 bench >/dev/null
S network create --subnet 10.92.0.0/24 quiet >/dev/null
for i in 1 2 3 4 5 6 7 8; do S run -d --name "web$i" --network bench busybox sleep 1000 >/dev/null; done
S run -d --name alone --network quiet busybox sleep 1000 >/dev/null
for i in 1 2 3 4 5 6 7 8; do echo "web$i A"; done >"$TMP/names"
echo "alone A" >"$TMP/one"
pid=$(S inspect -f '{{.State.Pid}}' web1) other=$(S inspect -f '{{.State.Pid}}' alone)

cpu() { awk '{ print $14 + $15 }' "/proc/$ENGINE_PID/stat"; }
show() { awk -v title="$1" '/Queries per second/ { qps = $4 } /Average Latency/ { mean = $4 } /Queries lost/ { lost = $3 } END {
    printf "%-46s %9.0f a second, mean %.3f ms, lost %s\n", title, qps, mean * 1000, lost }'; }

# One at a time: how long an answer takes.
nsenter -t "$pid" -n dnsperf -v -s 127.0.0.11 -d "$TMP/names" -l 2 -c 1 -q 1 -T 1 >"$TMP/single"
awk '/^> NOERROR/ { print $NF * 1000 }' "$TMP/single" | sort -n |
    awk '{ a[NR] = $1 } END { printf "%-46s median %.3f ms, 99%% %.3f ms (%d answers)\n", "one question at a time", a[int((NR + 1) / 2)], a[int(NR * 0.99)], NR }'
before=$(cpu)
nsenter -t "$pid" -n dnsperf -s 127.0.0.11 -d "$TMP/names" -l "$SECONDS_EACH" -c 8 -q 200 -T 1 >"$TMP/out"
used=$(($(cpu) - before))
show "eight clients, 200 questions under way" <"$TMP/out"
awk -v used=$used -v hz="$(getconf CLK_TCK)" '/Queries completed/ { printf "%-46s %9.0f a second of the engine'"'"'s processor time\n", "", $3 / (used / hz) }' "$TMP/out"
nsenter -t "$pid" -n dnsperf -m tcp -s 127.0.0.11 -d "$TMP/names" -l "$SECONDS_EACH" -c 8 -q 200 -T 1 | show "the same over TCP"
nsenter -t "$pid" -n dnsperf -s 127.0.0.11 -d "$TMP/names" -l 6 -c 8 -q 1000 -T 1 >/dev/null &
flood=$!
sleep 1
nsenter -t "$other" -n dnsperf -v -s 127.0.0.11 -d "$TMP/one" -l 3 -c 1 -q 1 -T 1 >"$TMP/single"
awk '/^> NOERROR/ { print $NF * 1000 }' "$TMP/single" | sort -n |
    awk '{ a[NR] = $1 } END { printf "%-46s median %.3f ms, 99%% %.3f ms (%d answers)\n", "one at a time, while another floods", a[int((NR + 1) / 2)], a[int(NR * 0.99)], NR }'
wait $flood
S rm -f alone web1 web2 web3 web4 web5 web6 web7 web8 >/dev/null
finish
