docker run -d --name one --network "$net" --network-alias "$alias" busybox sleep 10000
docker run -d --name two --network "$net" --network-alias "$alias" busybox sleep 10000
