docker rm -f web
docker run -d --name web -p "$port:80" busybox httpd -f -p 80 -h /etc
for try in $(seq 40); do docker exec web netstat -lnt | grep -q ':80 ' && break; sleep 0.05; done
