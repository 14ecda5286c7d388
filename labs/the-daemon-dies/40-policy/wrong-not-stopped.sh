# expect: stop both
docker run -d --name "$name-always" --restart always busybox sleep 10000
docker run -d --name "$name-unless" --restart unless-stopped busybox sleep 10000
service docker restart
