# expect: must be stopped
docker run --rm -v "$volume:/from:ro" busybox tar c -C /from . > /root/backup.tar
