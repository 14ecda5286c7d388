# expect: no image
docker rmi "localhost:$port/$repo:$tag"
