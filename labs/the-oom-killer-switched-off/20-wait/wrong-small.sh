# expect: MiB only
join_and exec /opt/hog 4
for _ in $(seq 60); do [ -n "$(hogs)" ] && break; sleep 0.05; done
