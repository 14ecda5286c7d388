# expect: db is not in the network
docker network connect bridge api
