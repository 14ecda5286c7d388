image() { docker image inspect "$1" >/dev/null 2>&1 || { echo "There is no image $1."; exit 1; }; }
has() { docker run --rm --network none "$1" test -e "$2" 2>/dev/null; }
