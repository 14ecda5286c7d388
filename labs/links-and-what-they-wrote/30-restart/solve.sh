docker network disconnect shop db
docker run -d --name squatter --network shop busybox sleep 10000
docker network connect --alias "$alias" shop db
