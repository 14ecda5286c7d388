docker run --rm -i -v "$volume-restored:/to" busybox tar x -C /to < /root/backup.tar
