# expect: has a network namespace of its own
docker run -d --name tools --pid "container:$name" busybox sleep 10000
