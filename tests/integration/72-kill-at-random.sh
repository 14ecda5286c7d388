#!/bin/bash
# SIGKILL to the engine at random moments while images are loaded, pulled, imported, built, committed, saved and pruned: the next start
# finds the old state or the new one, and the check of the store finds nothing. KILLS (24) says how often, SEED repeats a run.
# And a full disk: what does not fit is an error, and leaves nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../registries.sh"
cd "$TMP" || exit 1
kills=${KILLS:-24} seed=${SEED:-$RANDOM}
RANDOM=$seed
# One small image alone, so that each look at all of it takes a moment.
mkdir -p content/images && ln -s "$B/images/busybox.tar" content/images/
export SLIPWAY_CONTENT=$TMP/content
engine_start
wait_for 30 S image inspect busybox

# --- what is worked with
mkdir tree && head -c 3000000 /dev/urandom >tree/big && mkdir tree/many && (cd tree/many && seq 400 | split -l 1 -a 3)
tar cf tree.tar -C tree .
S run --name base busybox sh -c 'head -c 2000000 /dev/urandom >/data; rm /bin/vi; mkdir /d; touch /d/a /d/b' >/dev/null
S commit base layered:1 >/dev/null
S rm base >/dev/null
S save -o loaded.tar layered:1
mkdir context && cp tree/big context/ && printf 'FROM busybox\nCOPY big /big\nRUN echo one >/one\nRUN rm /big\nCMD ["cat","/one"]\n' >context/Dockerfile
pulled=
if have_registry; then
    registry_start 127.0.0.1:5000
    S tag layered:1 127.0.0.1:5000/pulled:1 && S push -q 127.0.0.1:5000/pulled:1 >/dev/null 2>&1 && pulled=127.0.0.1:5000/pulled:1
    S rmi 127.0.0.1:5000/pulled:1 >/dev/null 2>&1
fi
[ -n "$pulled" ] || skip "killed while pulling" "there is no registry"
S rmi layered:1 >/dev/null
S build -q -t built:1 context >/dev/null 2>&1 && builds=yes || builds=
[ -n "$builds" ] || skip "killed while building" "this engine does not build"
S rmi built:1 >/dev/null 2>&1

# One thing after the other until the engine is gone; the order is each worker's own.
load_it() { S load -q -i loaded.tar; }
pull_it() { [ -z "$pulled" ] || S pull -q "$pulled"; }
import_it() { S import tree.tar imported:1; }
build_it() { [ -z "$builds" ] || S build -q --no-cache -t built:1 context; }
commit_it() { S run --name "w$1" busybox sh -c 'echo x >/x; rm /bin/cat' && S commit "w$1" "committed:$1"; S rm -f "w$1"; }
save_it() { S save layered:1 busybox; }
remove_it() { S rmi layered:1 imported:1; S rmi committed:1 committed:2 built:1; S rmi "$pulled"; }
prune_it() { S image prune -f; }
prune_all_it() { S image prune -af --filter until=1s; S tag busybox keep:1; }
worker() {
    local acts=(load_it pull_it import_it build_it commit_it save_it remove_it prune_it load_it import_it) at=$2
    while kill -0 "$ENGINE_PID" 2>/dev/null; do
        "${acts[at % ${#acts[@]}]}" "$1"
        at=$((at + 1))
    done >/dev/null 2>&1
}

leftovers() { find "$DATA/overlay2" "$DATA/image" -maxdepth 4 -name 'tmp-*' -o -name '*.tmp-*' -o -path '*/layerdb/tmp/*' | head -5; }
# What has a name can be used: its files are all there.
usable() {
    local name
    for name in $(S images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>'); do
        S save "$name" >/dev/null || { echo "$name cannot be saved"; return 1; }
    done
    case $(S images -q layered:1) in ?*) [ "$(S run --rm layered:1 ls /d | xargs)" = "a b" ] || { echo "layered:1 is not whole"; return 1; } ;; esac
}

bad=0
for ((i = 1; i <= kills; i++)); do
    workers=()
    for w in 1 2; do worker $w $RANDOM & workers+=($!); done
    sleep "$(awk -v r=$RANDOM 'BEGIN {printf "%.3f", r / 32768 * 0.9}')"
    engine_kill9
    wait "${workers[@]}" 2>/dev/null
    engine_start
    said=$(S system check 2>&1) || { not_ok "kill $i of seed $seed: the store is clean" "$said"; bad=1; }
    left=$(leftovers)
    [ -z "$left" ] || { not_ok "kill $i of seed $seed: nothing half-made is left" "$left"; bad=1; }
    said=$(usable) || { not_ok "kill $i of seed $seed: what is there can be used" "$said"; bad=1; }
    S ps -aq | xargs -r "$B/slipway" rm -f >/dev/null 2>&1
    [ $bad = 0 ] || break
done
[ $bad = 1 ] || ok "killed $kills times at random (seed $seed), clean each time"
check_eq "the image that nothing removed is still there" hi "$(S run --rm busybox echo hi)"
engine_stop
[ -n "${REGISTRY_PID:-}" ] && registry_stop

# --- a full disk
mkdir small && mount -t tmpfs -o size=12m tmpfs small
at_exit 'engine_stop; umount -l "$TMP/small"'
DATA=$TMP/small/data
engine_start
wait_for 30 S image inspect busybox
problems() { api GET /slipway/images/check | jq -c .Problems; }
files() { find "$DATA/overlay2" "$DATA/image" | wc -l; }
before=$(files)
head -c 14000000 /dev/urandom >tree/big && tar cf big.tar -C tree .
check_match "an import that does not fit" 'No space left on device' "$(S import big.tar big:1 2>&1)"
check_eq "leaves nothing" "$before []" "$(files) $(problems)"
python3 - <<'PY'
import hashlib, io, json, tarfile
def pack(out, names):
    with tarfile.open(out, "w") as tar:
        for name, data in names:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
layers = []
for i in range(3):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        info = tarfile.TarInfo("f%d" % i)
        info.size = 4000000
        tar.addfile(info, open("tree/big", "rb"))
    layers.append(data.getvalue())
diffs = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diffs}}).encode()
manifest = json.dumps([{"Config": "c.json", "RepoTags": ["big:2"], "Layers": ["0", "1", "2"]}]).encode()
pack("layers.tar", [(str(i), layer) for i, layer in enumerate(layers)] + [("c.json", config), ("manifest.json", manifest)])
PY
check_match "a load of which the last layer does not fit" 'No space left on device' "$(S load -q -i layers.tar 2>&1)"
check_eq "leaves nothing, either" "$before []" "$(files) $(problems)"
fill() { head -c 20000000 /dev/zero >"$TMP/small/filling" 2>/dev/null; }
fill
check_match "on a disk that is full already" 'No space left' "$(S import tree.tar none:1 2>&1; S load -q -i loaded.tar 2>&1)"
check_eq "names can still be looked at" "busybox:latest" "$(S images --format '{{.Repository}}:{{.Tag}}')"
S tag busybox full:1 2>/dev/null
rm "$TMP/small/filling"
check_eq "and what there is says the same" "[]" "$(problems)"
engine_kill9
engine_start
check_eq "also after the engine was killed" "[] hi" "$(problems) $(S run --rm busybox echo hi)"
finish
