ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
running() { [ "$(ask '{{.State.Running}}' "$1")" = true ] || { echo "No container named $1 is running."; exit 1; }; }
knows() { docker exec "$1" nslookup "$2" 2>/dev/null | grep -A1 '^Name:' | sed -n 's/^Address: //p' | sort -u; }
