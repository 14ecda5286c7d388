docker rm -f plain open > /dev/null 2>&1
docker run -d --name plain busybox sleep 100000
docker run -d --name open --security-opt seccomp=unconfined busybox sleep 100000
