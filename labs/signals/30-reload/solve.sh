echo "greeting=$word" > "/etc/$service.conf"
kill -HUP "$(cat "/run/lab/$service.pid")"
for _ in $(seq 40); do [ "$(cat "/run/lab/$service.loaded")" = "$word" ] && break; sleep 0.05; done
