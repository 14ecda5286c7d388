docker run -d --name alpha busybox sleep 100000 >/dev/null
docker run -d --name beta busybox sleep 100000 >/dev/null
