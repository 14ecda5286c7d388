docker run -d --name "$name" busybox sleep 10000
docker exec "$name" rm /etc/group
