# expect: has no file note
docker volume create "$volume"
docker run --rm -v "$volume:/other" busybox sh -c "mkdir /data; echo $word > /data/note"
