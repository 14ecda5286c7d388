docker run -d --name tools --network "container:$name" --pid "container:$name" busybox sleep 10000
