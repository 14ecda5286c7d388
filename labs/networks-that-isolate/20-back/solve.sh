docker network create --internal "$net-back"
docker run -d --name db --network "$net-back" busybox httpd -f -p 5432 -h /etc
