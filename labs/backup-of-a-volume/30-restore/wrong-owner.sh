# expect: they should be 1000 and 600
docker run --rm -i -v "$volume-restored:/to" busybox sh -c 'tar x -C /to && chown -R 0 /to && chmod -R 644 /to/1' < /root/backup.tar
