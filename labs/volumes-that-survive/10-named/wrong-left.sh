# expect: is still there
docker run -v "$volume:/data" busybox sh -c "echo $word > /data/note"
