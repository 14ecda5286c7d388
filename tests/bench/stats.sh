# Sourced by run.sh: what `stats` of 200 containers costs, daemon and client together, in percent of one core.
# shellcheck shell=bash disable=SC2154
echo; echo "stats of 200 idle containers, percent of one core over 10 s"
S ps -aq | xargs -r -n 50 "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null
for _ in $(seq 200); do S run -d --network none busybox sleep 1000 >/dev/null; done
S stats >/dev/null & watcher=$!
sleep 3
client=$(pgrep -P "$watcher" -x slipway || echo "$watcher")
used() { awk '{sum += $14 + $15} END {print sum}' "/proc/$slipwayd/stat" "/proc/$client/stat"; }
a=$(used); sleep 10; a=$(($(used) - a))
kill "$client"; wait "$watcher" 2>/dev/null
awk -v t="$a" 'BEGIN {printf "stats: %.1f %% (target 5)\n", t / 10}'
S ps -aq | xargs -r -n 50 "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null
