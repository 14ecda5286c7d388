# expect: no container named open
docker run -d --name plain busybox sleep 100000
