# expect: app knows the password
docker rm -f app
docker run -d --name app -e "PASSWORD=$secret" busybox sleep 10000
