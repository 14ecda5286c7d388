# expect: has not been started again
docker run -d --name "$name-always" --restart always busybox sleep 10000
docker run -d --name "$name-unless" --restart unless-stopped busybox sleep 10000
docker stop -t 0 "$name-always" "$name-unless"
