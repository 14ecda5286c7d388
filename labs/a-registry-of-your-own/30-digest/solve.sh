digest=$(docker inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "localhost:$port/$repo:$tag" | grep "^localhost:$port/$repo@")
docker rmi "localhost:$port/$repo:$tag"
docker pull -q "$digest"
