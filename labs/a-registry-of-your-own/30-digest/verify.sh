image="localhost:$port/$repo"
docker image inspect "$image:$tag" >/dev/null 2>&1 && { echo "The engine still knows $image:$tag."; exit 1; }
docker images --digests --format '{{.Repository}}@{{.Digest}}' | grep -q "^$image@sha256:" || { echo "The engine has no image $image by digest; pull it as $image@sha256:..."; exit 1; }
