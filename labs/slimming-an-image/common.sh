image() { docker image inspect "$1" >/dev/null 2>&1 || { echo "There is no image $1."; exit 1; }; }
size_of() { docker image inspect -f '{{.Size}}' "$1"; }
layers_of() { docker image inspect -f '{{len .RootFS.Layers}}' "$1"; }
says() { [ "$(docker run --rm --network none "$1" 2>/dev/null)" = "$greeting" ] || { echo "A container of $1 does not print $greeting."; exit 1; }; }
