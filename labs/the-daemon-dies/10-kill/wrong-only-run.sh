# expect: has not been killed since
docker run -d --name "$name" busybox sleep 10000
