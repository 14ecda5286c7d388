kill -9 "$(docker inspect -f '{{.State.Pid}}' "$name-web")"
for try in $(seq 40); do [ "$(docker inspect -f '{{.RestartCount}} {{.State.Running}}' "$name-web")" = "1 true" ] && break; sleep 0.1; done
