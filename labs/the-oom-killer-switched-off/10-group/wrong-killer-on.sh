# expect: memory.
mkdir -p "$group"
echo "${limit}M" > "$group/$soft"
[ $v = 1 ] || echo "${limit}M" > "$group/memory.max"
