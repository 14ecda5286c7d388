docker network create shop
docker network connect --alias "$alias" shop db
docker rm -f app
docker run -d --name app --network shop busybox sleep 10000
