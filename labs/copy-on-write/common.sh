ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
upper() { ask '{{.GraphDriver.Data.UpperDir}}' "$1"; }
running() { [ "$(ask '{{.State.Running}}' "$1")" = true ]; }
