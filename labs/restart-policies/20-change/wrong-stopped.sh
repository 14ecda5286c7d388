# expect: is not running
docker run -d --name "$name-web" busybox sleep 10000
docker update --restart unless-stopped "$name-web"
docker stop -t 0 "$name-web"
