docker run -d --name "$name" busybox sleep 10000
sleep 0.1
kill -9 "$(engine)"
