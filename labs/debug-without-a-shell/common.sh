ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
pid=$(ask '{{.State.Pid}}' "$name")
