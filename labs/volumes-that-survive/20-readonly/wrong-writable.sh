# expect: may write there
docker run -d --name reader -v "$volume:/data" busybox sleep 10000
