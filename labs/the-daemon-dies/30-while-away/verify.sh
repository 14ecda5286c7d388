service docker status >/dev/null || { echo "The engine is stopped; start it."; exit 1; }
state=$(ask '{{.State.Status}} {{.State.ExitCode}}' "$name")
[ -n "$state" ] || { echo "There is no container named $name any more; it should only have ended."; exit 1; }
[ "$state" = "exited 137" ] || { echo "$name is ${state/exited/exited with}; wanted is exited with 137."; exit 1; }
ended=$(date -d "$(ask '{{.State.FinishedAt}}' "$name")" +%s%N)
engine_born=$(($(date +%s%N) - ($(cut -d. -f1 /proc/uptime) * 1000000000) + $(born "$(engine)") * 10000000))
[ "$ended" -lt $((engine_born + 1500000000)) ] || { echo "$name ended while the engine was there; stop the engine first."; exit 1; }
