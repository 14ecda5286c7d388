# expect: mkdir works
docker run -d --name "$name" busybox sleep 100000
