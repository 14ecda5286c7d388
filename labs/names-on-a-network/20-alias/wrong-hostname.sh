# expect: finds 0 addresses
docker run -d --name one --network "$net" --hostname "$alias" busybox sleep 10000
docker run -d --name two --network "$net" --hostname "$alias" busybox sleep 10000
