# expect: does not point to the log
docker run --name talk busybox echo "$word"
ln -s "$(dirname "$(docker inspect -f '{{.LogPath}}' talk)")" /root/log
