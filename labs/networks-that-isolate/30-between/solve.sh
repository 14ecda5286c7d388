docker run -d --name api --network "$net-front" busybox sleep 10000
docker network connect "$net-back" api
