# expect: does not have the size
docker run -d --name worker --read-only --tmpfs "$dir" busybox sleep 10000
