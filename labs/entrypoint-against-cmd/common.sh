image() { docker image inspect "$1" >/dev/null 2>&1 || { echo "There is no image $1."; exit 1; }; }
entry() { docker image inspect -f '{{json .Config.Entrypoint}}' "$1"; }
cmd() { docker image inspect -f '{{json .Config.Cmd}}' "$1"; }
out() { timeout 4 docker run --rm --network none "$@" 2>/dev/null; }
