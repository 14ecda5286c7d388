# expect: open has a filter of its own
docker run -d --name plain busybox sleep 100000
docker run -d --name open busybox sleep 100000
