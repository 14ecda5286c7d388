# expect: should lead to its port 80
docker rm -f web
docker run -d --name web -p 80:80 busybox httpd -f -p 80 -h /etc
