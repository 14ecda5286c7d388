mkdir -p "/root/$app" && cd "/root/$app" || exit 1
# Whether a build of the folder, with "$1" run in a copy of it before, takes the slow step from the cache.
slow_step_hits() {
    local copy rc
    copy=$(mktemp -d)
    cp -a . "$copy" && (cd "$copy" && eval "$1")
    docker build --explain "$copy" 2>&1 | grep -A3 'RUN sleep 0.3' | grep -q 'cache hit'
    rc=$?
    rm -rf "$copy"
    return $rc
}
image() { docker image inspect "$1" >/dev/null 2>&1 || { echo "There is no image $1."; exit 1; }; }
says() { [ "$(docker run --rm --network none "$1" 2>/dev/null)" = "$2" ] || { echo "A container of $1 does not print $2."; exit 1; }; }
