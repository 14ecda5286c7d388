#!/bin/bash
# Images cross between slipway, docker, skopeo and umoci in every direction, bit for bit by digest.
. "$(dirname "$0")/../lib.sh"
engine_start
cd "$TMP" || exit 1
wait_for 30 S image inspect slipway/lab

id_of() { S image inspect -f '{{.Id}}' "$1"; }
layers_of() { S image inspect -f '{{json .RootFS.Layers}}' "$1"; }
load() { curl -s --unix-socket "$SOCK" -X POST -H 'Content-Type: application/x-tar' --data-binary @"$1" "http://d/images/load?quiet=1" | jq -r '.stream // .error'; }
save() { curl -sf --unix-socket "$SOCK" "http://d/images/get?names=$1"; }

# Three layers, with what tars do differently: long names, hard links, deleted files, attributes, devices, a hole.
S run -d --name work busybox sh -c 'rm /bin/vi; mkdir -p /d; cd /d; echo one >one; ln one two; mknod null c 1 3; mkfifo pipe; ln -s ../etc link
  touch "$(printf "%0150d" 7)"; dd if=/dev/zero of=hole bs=1 count=1 seek=3M 2>/dev/null; chmod 4711 one; chown 7:8 pipe; touch /ready; sleep 1000' >/dev/null
wait_for 10 S exec work test -e /ready
S commit work step:1 >/dev/null
S rm -f work >/dev/null
S run --name work step:1 sh -c 'rm -r /d; mkdir /d; echo three >/d/three' >/dev/null
S commit -c 'CMD ["cat", "/d/three"]' -c 'LABEL a=b' work app:1 >/dev/null
S rm work >/dev/null
app=$(id_of app:1) layers=$(layers_of app:1)
save app:1 >app.tar
check_eq "an image of three layers" 3 "$(jq length <<<"$layers")"

# --- skopeo
if command -v skopeo >/dev/null; then
    skopeo() { command skopeo --tmpdir "$TMP" "$@"; }
    check_eq "skopeo inspects a saved image" "$layers" "$(skopeo inspect docker-archive:app.tar | jq -c .Layers)"
    check_eq "and reads its configuration" "$app" "sha256:$(skopeo inspect --config --raw docker-archive:app.tar | sha256sum | cut -c1-64)"
    mkdir layout && tar xf app.tar -C layout
    check_eq "it reads the OCI layout inside, too" "$app" "sha256:$(skopeo inspect --config --raw oci:layout:1 | sha256sum | cut -c1-64)"
    check "skopeo copies it to an OCI layout" skopeo copy -q docker-archive:app.tar oci:oci:app:1
    check_eq "with the same layers in it" "$layers" "$(skopeo inspect --config oci:oci:app:1 | jq -c .rootfs.diff_ids)"
    S rmi app:1 >/dev/null
    skopeo copy -q oci:oci:app:1 docker-archive:back.tar:app:2
    check_eq "an archive of skopeo's is loaded" "Loaded image: app:2" "$(load back.tar)"
    check_eq "its layers are the same" "$layers" "$(layers_of app:2)"
    S rmi app:2 >/dev/null
    skopeo copy -q docker-archive:app.tar docker-archive:same.tar:app:3
    load same.tar >/dev/null
    check_eq "what skopeo copies as it is stays the same image" "$app" "$(id_of app:3)"
    S rmi app:3 >/dev/null
    skopeo copy -q docker-archive:app.tar oci-archive:oci.tar:app:4
    check_eq "an OCI archive of skopeo's, with compressed layers" "Loaded image: app:4" "$(load oci.tar)"
    check_eq "has the same layers" "$layers" "$(layers_of app:4)"
    S rmi app:4 >/dev/null
    skopeo copy -q --dest-compress-format zstd docker-archive:app.tar dir:dir
    skopeo copy -q --dest-compress-format zstd docker-archive:app.tar oci:ocizstd:app:5
    tar cf zstd.tar -C ocizstd .
    check_eq "and one with zstd" "Loaded image: app:5" "$(load zstd.tar)"
    check_eq "has them, too" "$layers" "$(layers_of app:5)"
    S rmi app:5 >/dev/null
else
    skip "with skopeo" "it is not installed"
fi

# --- umoci
if command -v umoci >/dev/null && [ -d oci ]; then
    check "umoci unpacks it" umoci unpack --image oci:app:1 bundle
    check_eq "with the right files" "three gone" "$(cat bundle/rootfs/d/three) $([ -e bundle/rootfs/bin/vi ] || [ -e bundle/rootfs/d/one ] || echo gone)"
    echo four >bundle/rootfs/four
    umoci repack --image oci:more bundle >/dev/null 2>&1
    skopeo copy -q oci:oci:more docker-archive:more.tar:more:1
    check_eq "what umoci packed is loaded" "Loaded image: more:1" "$(load more.tar)"
    check_eq "and has one layer more" "four $layers" "$(S run --rm more:1 cat /four) $(layers_of more:1 | jq -c .[:3])"
    S rmi more:1 >/dev/null
else
    skip "with umoci" "it is not installed"
fi
load app.tar >/dev/null

# --- docker
dockerd=$(command -v dockerd)
docker_start() {
    mkdir -p dd de
    "$dockerd" --data-root "$TMP/dd" --exec-root "$TMP/de" -H "unix://$TMP/d.sock" -p "$TMP/d.pid" --iptables=false --ip-masq=false \
        --bridge=none --storage-driver "$1" --cgroup-parent "/${TMP##*/}" >d.log 2>&1 &
    DOCKERD=$!
    wait_for 30 curl -fs --unix-socket "$TMP/d.sock" http://d/_ping
}
docker_stop() {
    [ -n "${DOCKERD:-}" ] && kill "$DOCKERD" 2>/dev/null && wait "$DOCKERD"
    DOCKERD=
    awk -v at="$TMP/" 'index($2, at) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null
    find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "${TMP##*/}" -exec rmdir {} + 2>/dev/null
}
at_exit 'docker_stop'
R() { "$REAL_DOCKER" -H "unix://$TMP/d.sock" "$@"; }
if [ -n "$dockerd" ] && have_docker && { docker_start overlay2 || { docker_stop; docker_start vfs; }; }; then
    check_eq "save | docker load" "Loaded image: app:1" "$(save app:1 | R load)"
    check_eq "it is the same image there" "$app $layers" "$(R image inspect -f '{{.Id}} {{json .RootFS.Layers}}' app:1)"
    S rmi app:1 >/dev/null
    check_eq "docker save | load" "Loaded image: app:1" "$(R save app:1 >docker.tar; load docker.tar)"
    check_eq "and it is the same image here" "$app $layers" "$(id_of app:1) $(layers_of app:1)"
    check_eq "with its files" three "$(S run --rm app:1)"
    check_eq "slipway's command takes it from docker's, too" "Loaded image: app:1" "$(R save app:1 | S load)"
    # An image of docker's own making, and several in one archive, of which two share a layer.
    tar c -C "$TMP" app.tar | R import -c 'CMD ["ls"]' - made:1 >/dev/null
    R tag app:1 app:other
    R save made:1 app:1 app:other >several.tar
    S rmi app:1 >/dev/null
    check_match "several of docker's" 'Loaded image: made:1' "$(load several.tar)"
    check_eq "have their IDs" "$(R image inspect -f '{{.Id}}' made:1 app:1 app:other)" "$(S image inspect -f '{{.Id}}' made:1 app:1 app:other)"
    R rmi -f made:1 app:1 app:other >/dev/null
    check_eq "and back to docker" "Loaded image: app:1 Loaded image: made:1" "$(save 'app:1&names=made:1' | R load | sort | xargs)"
    check_eq "with their IDs again" "$(S image inspect -f '{{.Id}}' made:1 app:1)" "$(R image inspect -f '{{.Id}}' made:1 app:1)"
    docker_stop
else
    skip "with docker" "its daemon does not run here: $(tail -1 d.log 2>/dev/null)"
fi
check_eq "after all this the store is what it should be" "[]" "$(api GET /slipway/images/check | jq -c .Problems)"
finish
