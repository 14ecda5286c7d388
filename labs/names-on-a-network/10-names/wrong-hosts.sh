# expect: There is no network
docker exec alpha sh -c "echo $(docker inspect -f '{{.NetworkSettings.IPAddress}}' beta) beta >> /etc/hosts"
