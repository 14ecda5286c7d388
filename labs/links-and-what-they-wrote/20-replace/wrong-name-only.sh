# expect: does not find the name
docker network create shop
docker network connect shop db
docker rm -f app
docker run -d --name app --network shop busybox sleep 10000
