ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
running() { [ "$(ask '{{.State.Running}}' "$1")" = true ]; }
address() { ask '{{.NetworkSettings.IPAddress}}' "$1"; }
