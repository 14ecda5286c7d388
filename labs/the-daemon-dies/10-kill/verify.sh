[ "$(ask '{{.State.Running}}' "$name")" = true ] || { echo "No container named $name is running."; exit 1; }
[ "$(ask '{{.RestartCount}}' "$name")" = 0 ] || { echo "$name was started again: it was its process that you killed, not the engine."; exit 1; }
container=$(born "$(ask '{{.State.Pid}}' "$name")")
[ "$(born "$(engine)")" -gt "$container" ] || { echo "The engine is older than $name: it has not been killed since."; exit 1; }
