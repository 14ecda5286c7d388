# expect: No container named
docker run -d --name "$name" busybox sleep 10000
docker kill "$name"
