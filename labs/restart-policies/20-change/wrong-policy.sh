# expect: wanted is unless-stopped
docker run -d --name "$name-web" busybox sleep 10000
docker update --restart always "$name-web"
