# expect: on every address
docker run -d --name "$name-local" -p "$local:80" busybox httpd -f -p 80 -h /etc
