echo ${mib}M > "$group/$limit_file"
[ ! -e "$group/$swap_file" ] || echo ${mib}M > "$group/$swap_file" 2>/dev/null || true
