# expect: not deleted
docker run -d --name "$name" busybox sleep 10000
docker exec "$name" sh -c ': > /etc/group'
