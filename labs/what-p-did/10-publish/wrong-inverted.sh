# expect: left is the machine's
docker run -d --name "$name" -p "80:$port" busybox httpd -f -p 80 -h /etc
