# expect: publishes nothing
docker run -d --name "$name" --expose 80 busybox httpd -f -p 80 -h /etc
