docker network create "$net"
docker network connect "$net" alpha
docker network connect "$net" beta
