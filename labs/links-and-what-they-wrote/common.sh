ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
running() { [ "$(ask '{{.State.Running}}' "$1")" = true ] || { echo "No container named $1 is running."; exit 1; }; }
