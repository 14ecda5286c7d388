# expect: from program:1
docker run -d --name inside busybox sleep "$seconds"
