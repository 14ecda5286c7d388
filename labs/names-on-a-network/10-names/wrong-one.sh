# expect: beta is not in
docker network create "$net"
docker network connect "$net" alpha
