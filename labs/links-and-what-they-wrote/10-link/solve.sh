docker run -d --name db -e "PASSWORD=$secret" --expose "$port" busybox sleep 10000
docker run -d --name app --link "db:$alias" busybox sleep 10000
