# expect: still knows
docker rmi "localhost:$port/$repo:$tag"
docker pull -q "localhost:$port/$repo:$tag"
