# expect: files belong at the top
docker run --rm -i -v "$volume-restored:/to" busybox sh -c 'mkdir /to/data && tar x -C /to/data' < /root/backup.tar
