# expect: is no tmpfs
docker run -d --name worker --read-only -v "$dir" busybox sleep 10000
