# expect: without a filter
docker run -d --name "$name" --security-opt seccomp=unconfined busybox sleep 100000
