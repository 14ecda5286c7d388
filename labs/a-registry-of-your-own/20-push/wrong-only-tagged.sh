# expect: has no repository
docker tag busybox "localhost:$port/$repo:$tag"
