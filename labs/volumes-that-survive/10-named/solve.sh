docker volume create "$volume"
docker run --rm -v "$volume:/data" busybox sh -c "echo $word > /data/note"
