WORD=$(echo "$word" | tr a-z A-Z)
image() { docker image inspect "$1" >/dev/null 2>&1 || { echo "There is no image $1."; exit 1; }; }
in_image() { docker run --rm --network none --entrypoint cat "$1" "$2" 2>/dev/null; }
has() { docker run --rm --network none --entrypoint test "$1" -e "$2" 2>/dev/null; }
