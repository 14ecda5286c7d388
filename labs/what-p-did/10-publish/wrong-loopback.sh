# expect: one address only
docker run -d --name "$name" -p "127.0.0.1:$port:80" busybox httpd -f -p 80 -h /etc
