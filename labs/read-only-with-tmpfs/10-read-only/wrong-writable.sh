# expect: can be written
docker run -d --name sealed busybox sleep 10000
