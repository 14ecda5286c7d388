[ -s /root/parent ] || { echo "There is no /root/parent yet."; exit 1; }
found=$(tr -d '[:space:]' < /root/parent)
parent=$(awk '/^PPid/ { print $2 }' "/proc/$(ask '{{.State.Pid}}' "$name")/status")
[ "$found" = "$parent" ] && exit 0
[ "$found" = "$(engine)" ] && { echo "$found is the engine. The engine is not the parent; that is why it could go."; exit 1; }
[ "$found" = "$(ask '{{.State.Pid}}' "$name")" ] && { echo "$found is the container's process itself; wanted is its parent."; exit 1; }
echo "$found is not the parent of the process of $name."
exit 1
