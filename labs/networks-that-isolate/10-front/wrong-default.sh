# expect: web is in the network bridge
docker network create --subnet "$front.0/24" "$net-front"
docker run -d --name web busybox httpd -f -p 80 -h /etc
