# expect: has a PID namespace of its own
docker run -d --name tools --network "container:$name" busybox sleep 10000
