# The terminal UI, with the run's containers on show; then its own figures against an engine of documents (ui.py).
# shellcheck shell=bash
while [ "$(S ps -q | wc -l)" -lt 100 ]; do S run -d busybox sleep 100000 >/dev/null || break; done
echo; echo "Terminal UI with $(S ps -q | wc -l) containers on show"
export SLIPWAY_HOST=unix://$TMP/s.sock SLIPWAY_CLASS_SOCKET=$TMP/class.sock SLIPWAY_CLASS_DB=$TMP/class.db TMUX_TMPDIR=$TMP
"$B/slipway" exam list >/dev/null 2>&1
tmux -f /dev/null new-session -d -x 120 -y 40 "sleep 1000"
: >"$TMP/a"
for _ in 1 2 3 4 5 6 7; do
    rm -f "$TMP/trace"
    from=$EPOCHREALTIME
    tmux respawn-pane -k "SLIPWAY_TUI_TRACE=$TMP/trace exec $B/slipway"
    until [ -s "$TMP/trace" ]; do sleep 0.002; done
    awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f\n", (b - a) * 1000}' >>"$TMP/a"
done
tmux send-keys 4 # the containers, whose figures are read once a second
sleep 2
ui() { pgrep -f "^$B/slipway\$"; }
[ "$(ui | wc -l)" -ge 1 ] || { echo "the UI is not running"; exit 1; }
ticks() { local sum=0 pid; for pid in $(ui); do sum=$((sum + $(awk '{print $14 + $15}' "/proc/$pid/stat"))); done; echo $sum; }
engine_ticks() { awk '{print $14 + $15}' "/proc/$slipwayd/stat"; }
a=$(ticks) b=$(engine_ticks); sleep 10; a=$(($(ticks) - a)) b=$(($(engine_ticks) - b))
echo "first screen: $(median "$TMP/a") ms, polled every 2 ms (target 15)"
echo "idle: UI $(awk -v t=$a 'BEGIN {printf "%.2f", t / 10}') %, engine $(awk -v t=$b 'BEGIN {printf "%.2f", t / 10}') % of one core over 10 s (target 0.5 together)"
tmux kill-server
echo
python3 tests/bench/ui.py "$B" "$TMP/ui"
[ -f "$TMP/class.pid" ] && kill "$(cat "$TMP/class.pid")"
