# expect: has no file
docker stop -t 1 writer
docker export writer > /root/backup.tar
