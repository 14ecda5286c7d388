# expect: api is not in
docker run -d --name api --network "$net-front" busybox sleep 10000
