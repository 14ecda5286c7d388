echo "${relief}M" > "$group/$soft"
for _ in $(seq 100); do size=$(size_of "$(hogs | head -1)") && [ "${size:-0}" -ge 29 ] && break; sleep 0.05; done
