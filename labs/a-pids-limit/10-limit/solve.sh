mkdir -p "$group"
echo "$limit" > "$group/pids.max"
