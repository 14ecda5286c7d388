docker stop -t 1 writer
docker run --rm -v "$volume:/from:ro" busybox tar c -C /from . > /root/backup.tar
