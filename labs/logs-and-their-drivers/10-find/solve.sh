docker run --name talk busybox echo "$word"
ln -sf "$(docker inspect -f '{{.LogPath}}' talk)" /root/log
