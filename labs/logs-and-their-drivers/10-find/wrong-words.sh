# expect: does not say
docker run --name talk busybox echo hello
ln -s "$(docker inspect -f '{{.LogPath}}' talk)" /root/log
