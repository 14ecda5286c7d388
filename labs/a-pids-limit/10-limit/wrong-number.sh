# expect: it has to be
mkdir -p "$group"
echo $((limit + 1)) > "$group/pids.max"
