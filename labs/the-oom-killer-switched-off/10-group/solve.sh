mkdir -p "$group"
echo "${limit}M" > "$group/$soft"
switch_off
