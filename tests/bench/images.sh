# Sourced by run.sh: what is done with images, with one image of 390 MB, 23,000 files and 4 layers for both engines, in turn, beside
# `tar` of the same layers; and what the daemon's memory rises to in each. IMAGE_RUNS=n sets how often each is timed (5);
# IMAGE_ROWS="load pull" takes only these.
# shellcheck shell=bash disable=SC2154,SC2317
IMAGE_RUNS=${IMAGE_RUNS:-5}
big=$B/bench-image
if [ ! -e "$big/big.tar" ] || [ tests/bench/image.py -nt "$big/big.tar" ]; then
    echo "(making the image: once)"; python3 tests/bench/image.py "$B/images/busybox.tar" "$big" || exit 1
fi

# A registry with nothing in it: DIRECTORY PORT.
registry_start() {
    rm -rf "$1"; mkdir -p "$1"
    printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
        "$1" "$2" >"$1.yml"
    docker-registry serve "$1.yml" >>"$TMP/registry.log" 2>&1 & pids="$pids $!"
    for _ in $(seq 100); do curl -fs "http://127.0.0.1:$2/v2/" >/dev/null && return; sleep 0.1; done
    echo "docker-registry did not start:"; tail -5 "$TMP/registry.log"; exit 1
}

# Layers are cleared after the answer: what is timed next must not pay for that, nor for what still has to be written to the disk.
settled() {
    local before='' now='' _
    for _ in $(seq 100); do
        now=$(find "$TMP/sd" "$TMP/dd" -maxdepth 3 2>/dev/null | wc -l)
        [ "$now" = "$before" ] && break
        before=$now; sleep 0.1
    done
    sync -f "$TMP"
}
nothing() { :; }

peak_reset() { echo 5 >"/proc/$slipwayd/clear_refs"; }
peak() { awk '/^VmHWM/ {printf "%.1f\n", $2 / 1024}' "/proc/$slipwayd/status"; }

# image_row NAME TARGET KEY: KEY_ready, if there is such a function, is called with S or D before each run, KEY_run does it. With
# KEY_tar there is a row beside tar too, TAR_TARGET its bound.
image_row() {
    local name=$1 target=$2 key=$3 engine ready=nothing
    declare -F "${key}_ready" >/dev/null && ready=${key}_ready
    : >"$TMP/S"; : >"$TMP/D"; : >"$TMP/T"; : >"$TMP/peak"
    for engine in S D; do "$ready" "$engine" >/dev/null 2>&1; once "${key}_run" "$engine" >/dev/null; done
    for _ in $(seq "$IMAGE_RUNS"); do
        for engine in S D; do
            "$ready" "$engine" >/dev/null 2>&1; settled
            peak_reset
            once "${key}_run" "$engine" >>"$TMP/$engine"
            [ "$engine" = D ] || peak >>"$TMP/peak"
        done
        if declare -F "${key}_tar" >/dev/null; then
            rm -rf "$TMP/tar"; mkdir "$TMP/tar"; settled
            once "${key}_tar" >>"$TMP/T"
        fi
    done
    result "$name" "$target" "$(median "$TMP/S")" "$(median "$TMP/D")"
    [ ! -s "$TMP/T" ] || row "  beside tar -xf of the same layers" "$(median "$TMP/S")" "$(median "$TMP/T")" \
        "$(ratio "$(median "$TMP/S")" "$(median "$TMP/T")")" "<= 1.3 (tar)"
    peaks="$peaks$(row "  $name" "$(sort -n "$TMP/peak" | tail -1)" "" "" "< 64")
"
}

without_big() { "$1" rmi -f "$($1 images -q "$2")"; }
load_ready() { without_big "$1" big; }
load_run() { "$1" load -qi "$big/big.tar"; }
load_tar() { local n; for n in 1 2 3 4; do mkdir "$TMP/tar/$n"; tar -xf "$big/layer-$n.tar" -C "$TMP/tar/$n"; done; }

pull_from=127.0.0.1:15555/big
pull_first() {
    registry_start "$TMP/registry" 15555
    D tag big $pull_from; D push -q $pull_from >/dev/null 2>>"$TMP/errors"
    # The layers as they are there.
    local n=0
    mkdir -p "$TMP/layers"
    curl -fs -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' http://127.0.0.1:15555/v2/big/manifests/latest |
        jq -r '.layers[].digest' | while read -r digest; do
        n=$((n + 1)); ln -s "$TMP/registry/docker/registry/v2/blobs/sha256/$(cut -c8-9 <<<"$digest")/${digest#*:}/data" "$TMP/layers/$n"
    done
}
pull_ready() { "$1" rmi -f "$($1 images -q $pull_from)"; }
pull_run() { "$1" pull -q $pull_from; }
pull_tar() { local layer; for layer in "$TMP"/layers/*; do mkdir "$TMP/tar/${layer##*/}"; tar -xzf "$layer" -C "$TMP/tar/${layer##*/}"; done; }
pull_last() { local engine; for engine in S D; do "$engine" tag $pull_from big; "$engine" rmi $pull_from; done >/dev/null 2>&1; }

save_ready() { rm -f "$TMP/saved.tar"; }
save_run() { "$1" save -o "$TMP/saved.tar" big; }

push_to=127.0.0.1:15556/big
push_first() { registry_start "$TMP/pushed" 15556; S tag big $push_to; D tag big $push_to; }
push_ready() { rm -rf "$TMP/pushed/docker"; }
push_run() { "$1" push -q $push_to; }
push_last() { S rmi $push_to; D rmi $push_to; } >/dev/null 2>&1

# Docker's client has something to say about the classic builder each time: kept apart, unless it failed.
B() {
    local engine=$1; shift
    DOCKER_BUILDKIT=0 "$engine" build -q "$@" 2>"$TMP/words" || { cat "$TMP/words" >&2; return 1; }
}
context() { # NAME: a directory with a Dockerfile of ten steps
    mkdir -p "$TMP/$1"; echo hello >"$TMP/$1/hello"
}
cached_first() {
    context cached
    { echo "FROM big"; echo "ENV A=1"; echo "WORKDIR /w"; echo "COPY hello ."; for n in 1 2 3 4; do echo "RUN echo $n >$n"; done; echo "LABEL b=2"; echo 'CMD ["sh"]'; } \
        >"$TMP/cached/Dockerfile"
    B S -t cached "$TMP/cached"; B D -t cached "$TMP/cached"
} >/dev/null 2>>"$TMP/errors"
cached_run() { B "$1" -t cached "$TMP/cached"; }
cached_last() { S rmi -f cached; D rmi -f cached; } >/dev/null 2>&1
cold_first() { context cold; { echo "FROM big"; for n in $(seq 10); do echo "RUN echo $n >/$n"; done; } >"$TMP/cold/Dockerfile"; }
cold_ready() { "$1" rmi -f cold; }
cold_run() { B "$1" --no-cache -t cold "$TMP/cold"; }
cold_last() { cold_ready S; cold_ready D; } >/dev/null 2>&1

one_changed() {
    local engine
    for engine in S D; do
        "$engine" run -d --name changed big sleep 100000
        "$engine" exec changed sh -c 'echo changed >>/usr/lib/middle/d003/f00800'
    done >/dev/null
}
commit_first() { one_changed; }
commit_ready() { "$1" rmi -f committed; }
commit_run() { "$1" commit changed committed; }
commit_last() { commit_ready S; commit_ready D; } >/dev/null 2>&1
diff_run() { "$1" diff changed; }
df_run() { "$1" system df; }

declare -A image_rows=(
    [load]="load|<= 0.5" [pull]="pull from a local registry|<= 0.5" [save]="save|<= 0.5" [push]="push to a local registry|<= 0.5"
    [cached]="build, 10 steps, all cached|<= 0.1" [cold]="build, 10 small RUN steps, cold|<= 0.2"
    [commit]="commit of one changed file|<= 0.2" [diff]="diff|<= 0.2" [df]="system df|<= 0.2")
heading "Images: one of 390 MB, 23,000 files, 4 layers (medians of $IMAGE_RUNS)"
peaks=
load_run S >/dev/null; load_run D >/dev/null
for key in ${IMAGE_ROWS:-load pull save push cached cold commit diff df}; do
    [ "$key" != diff ] && [ "$key" != df ] || S inspect changed >/dev/null 2>&1 || one_changed
    ! declare -F "${key}_first" >/dev/null || "${key}_first"
    image_row "${image_rows[$key]%|*}" "${image_rows[$key]#*|}" "$key"
    ! declare -F "${key}_last" >/dev/null || "${key}_last"
done
echo; echo "Peak memory of slipwayd in each, MiB"; printf '%s' "$peaks"
S rm -f changed >/dev/null 2>&1; D rm -f changed >/dev/null 2>&1
