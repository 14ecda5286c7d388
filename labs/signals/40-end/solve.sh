kill "$(of_script scribe)"
kill -KILL "$(pgrep -f '^mule')"
for _ in $(seq 40); do [ -z "$(of_script scribe)" ] && break; sleep 0.05; done
