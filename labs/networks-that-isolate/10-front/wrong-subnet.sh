# expect: has the subnet
docker network create "$net-front"
docker run -d --name web --network "$net-front" busybox httpd -f -p 80 -h /etc
