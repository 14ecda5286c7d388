docker run -d --name "$name" busybox sleep 10000
docker exec "$name" sh -c "echo $word > /note"
