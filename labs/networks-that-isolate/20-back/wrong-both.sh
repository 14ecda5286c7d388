# expect: must be in
docker network create --internal "$net-back"
docker run -d --name db --network "$net-front" busybox httpd -f -p 5432 -h /etc
docker network connect "$net-back" db
