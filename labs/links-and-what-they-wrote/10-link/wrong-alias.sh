# expect: under the alias
docker run -d --name db -e "PASSWORD=$secret" --expose "$port" busybox sleep 10000
docker run -d --name app --link db busybox sleep 10000
