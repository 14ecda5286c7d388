docker run -d --name sealed --read-only busybox sleep 10000
