docker run -d --name worker --read-only --tmpfs "$dir:size=${size}m" busybox sleep 10000
