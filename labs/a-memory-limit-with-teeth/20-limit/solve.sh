echo 10M > "$group/$limit_file"
[ ! -e "$group/$swap_file" ] || echo 10M > "$group/$swap_file" 2>/dev/null || true
