# expect: is not internal
docker network create "$net-back"
docker run -d --name db --network "$net-back" busybox httpd -f -p 5432 -h /etc
