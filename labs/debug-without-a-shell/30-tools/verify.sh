[ "$(ask '{{.State.Running}}' tools)" = true ] || { echo "No container named tools is running."; exit 1; }
tools=$(ask '{{.State.Pid}}' tools)
same() { [ "$(readlink "/proc/$pid/ns/$1")" = "$(readlink "/proc/$tools/ns/$1")" ]; }
same net || { echo "tools has a network namespace of its own."; exit 1; }
same pid || { echo "tools has a PID namespace of its own."; exit 1; }
