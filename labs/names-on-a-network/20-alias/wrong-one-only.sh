# expect: finds 1 addresses
docker run -d --name one --network "$net" --network-alias "$alias" busybox sleep 10000
docker run -d --name two --network "$net" busybox sleep 10000
