docker tag busybox "localhost:$port/$repo:$tag"
docker push -q "localhost:$port/$repo:$tag"
