# expect: wanted is
docker network create --subnet "$front.0/24" "$net-front"
docker run -d --name web --network "$net-front" --ip "$front.251" busybox httpd -f -p 80 -h /etc
