docker run -d --name "$name-local" -p "127.0.0.1:$local:80" busybox httpd -f -p 80 -h /etc
