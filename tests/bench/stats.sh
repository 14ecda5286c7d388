# Sourced by run.sh: what `stats` of 200 containers costs, daemon and client together, in percent of one core.
# shellcheck shell=bash disable=SC2154
echo; echo "stats of 200 idle containers, percent of one core over 10 s"
S ps -aq | xargs -r -n 50 "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null
seq -f "idle%g" 200 | xargs -P 2 -I{} "$B/slipway" -H "unix://$TMP/s.sock" run -d --name {} --network none busybox sleep 1000 >/dev/null 2>>"$TMP/errors"
"$B/slipway" -H "unix://$TMP/s.sock" stats >"$TMP/stats" & watcher=$!
# Under way once every container has its figures: the last one's line is there with a percentage.
for _ in $(seq 200); do [ "$(tail -c 40000 "$TMP/stats" | grep -o 'idle[0-9]* .*%' | cut -d ' ' -f 1 | sort -u | wc -l)" -ge 200 ] && break; sleep 0.1; done
used() { awk '{sum += $14 + $15} END {print sum}' "/proc/$slipwayd/stat" "/proc/$watcher/stat"; }
from=$EPOCHREALTIME a=$(used); sleep 10
a=$(($(used) - a)) to=$EPOCHREALTIME
kill "$watcher"; wait "$watcher" 2>/dev/null
row "daemon and client, $(S ps -q | wc -l) containers" "$(awk -v t="$a" -v from="$from" -v to="$to" 'BEGIN {printf "%.1f", t / (to - from)}')" "" "" "<= 5"
seq -f "idle%g" 200 | xargs -n 50 "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null
