docker run -d --name mute --log-driver none busybox sh -c "while :; do echo $word; sleep 1; done"
docker run -d --name tight --log-driver local busybox sh -c "while :; do echo $word; sleep 1; done"
for try in $(seq 40); do docker logs tight | grep -q . && break; sleep 0.05; done
