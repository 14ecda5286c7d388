docker run -d --name "$name" -p "$port:80" busybox httpd -f -p 80 -h /etc
