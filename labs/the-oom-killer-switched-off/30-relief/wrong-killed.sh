# expect: It was to go on
echo "${relief}M" > "$group/$soft"
kill -KILL $(hogs)
for _ in $(seq 60); do [ -z "$(hogs)" ] && break; sleep 0.05; done
