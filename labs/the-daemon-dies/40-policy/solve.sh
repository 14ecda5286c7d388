docker run -d --name "$name-always" --restart always busybox sleep 10000
docker run -d --name "$name-unless" --restart unless-stopped busybox sleep 10000
docker stop -t 0 "$name-always" "$name-unless"
service docker restart
for try in $(seq 40); do [ "$(ask '{{.State.Running}}' "$name-always")" = true ] && break; sleep 0.05; done
