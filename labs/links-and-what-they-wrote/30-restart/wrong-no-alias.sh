# expect: Was it connected with its alias
docker network disconnect shop db
docker run -d --name squatter --network shop busybox sleep 10000
docker network connect shop db
