# expect: has no tag
docker tag busybox "localhost:$port/$repo"
docker push -q "localhost:$port/$repo"
