# expect: does not have the volume
docker run -d --name reader -v "$volume:/srv:ro" busybox sleep 10000
