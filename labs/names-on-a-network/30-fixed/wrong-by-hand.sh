# expect: is lost at the next start
docker run -d --name office --network "$net" --dns 192.0.2.53 busybox sleep 10000
docker exec office sh -c "echo $printer printer >> /etc/hosts"
