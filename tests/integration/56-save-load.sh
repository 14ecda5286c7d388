#!/bin/bash
# Images as archives: save and load in every form, what is refused, and what the check of the store finds.
. "$(dirname "$0")/../lib.sh"
engine_start
cd "$TMP" || exit 1
wait_for 30 S image inspect slipway/lab

load() { curl -s --unix-socket "$SOCK" -X POST -H 'Content-Type: application/x-tar' --data-binary @"$1" "http://d/images/load?quiet=${2:-1}"; }
hand() { curl -s --unix-socket "$SOCK" -X POST "http://d/slipway/images/load?descriptor=9&quiet=${2:-1}" 9<"$1"; }
save() { curl -sf --unix-socket "$SOCK" "http://d/images/get?$1"; }
problems() { api GET /slipway/images/check | jq -c .Problems; }
id_of() { S image inspect -f '{{.Id}}' "$1"; }
layers_of() { S image inspect -f '{{json .RootFS.Layers}}' "$1"; }

# An image with a second layer that has what is hard to keep.
S run -d --name work busybox sh -c 'rm /bin/vi; echo two >/two; ln /two /three; mkdir -p "/d/ü"; ln -s ../two /d/link; mkfifo /d/pipe
  chmod 4755 /two; dd if=/dev/zero of=/d/hole bs=1 count=1 seek=5M 2>/dev/null; touch /ready; sleep 1000' >/dev/null
wait_for 10 S exec work test -e /ready
S commit -c 'CMD ["cat", "/two"]' work two:1 >/dev/null
S rm -f work >/dev/null
two=$(id_of two:1)

# --- save
save names=two:1 >two.tar
check_eq "what says what is in it comes first" "oci-layout index.json manifest.json repositories" "$(tar tf two.tar | head -4 | xargs)"
check_eq "and every blob has the name of its digest" "" "$(tar xf two.tar --one-top-level=x && cd x/blobs/sha256 && for f in *; do [ "$(sha256sum <"$f" | cut -c1-64)" = "$f" ] || echo "$f"; done)"
check_eq "manifest.json names image and layers" "$two two:1 2" \
  "$(tar xOf two.tar manifest.json | jq -r '.[0] | "sha256:\(.Config[13:]) \(.RepoTags[0]) \(.Layers | length)"')"
check_eq "the same image gives the same bytes" "$(sha256sum <two.tar)" "$(save names=two:1 | sha256sum)"
check_eq "one image by its path" "$(sha256sum <two.tar)" "$(api GET /images/two:1/get | sha256sum)"
S tag two:1 two:2
save names=two >both.tar
check_eq "a name without tag means all tags" '["two:1","two:2"]' "$(tar xOf both.tar manifest.json | jq -c '.[].RepoTags')"
check_eq "by id there are no names" null "$(save "names=$two" | tar xO manifest.json | jq -c '.[].RepoTags')"
save 'names=two:1&names=busybox' >several.tar
check_eq "layers of several images are there once" 2 "$(tar tvf several.tar | awk '$3 > 5000' | wc -l)"
printf 'FROM scratch\nLABEL a=b\n' | S build -q -t empty:1 - >/dev/null
check_eq "an image without layers has no top layer to be told of" "oci-layout index.json manifest.json" \
  "$(save names=empty:1 | tar t | grep -v blobs | xargs)"
S rmi empty:1 >/dev/null
check_eq "what is not there" '{"message":"No such image: nope:1"}' "$(api GET '/images/get?names=nope:1')"

# --- load
way=hand
loaded() { # the archive is sent and handed over in turn
    [ $way = hand ] && way=load || way=hand
    check_eq "$1 ($way)" "$2" "$($way "$3" | jq -r '.stream // .error' | sed '/^$/d')"
}
S rmi two:1 two:2 >/dev/null
loaded "loading tells the names" "Loaded image: two:1
Loaded image: two:2" both.tar
check_eq "and the image is the same" "$two" "$(id_of two:1)"
check_eq "so are its files" two "$(S run --rm two:1)"
check_eq "hard links, modes and holes" "2 4755 1" "$(S run --rm two:1 sh -c 'echo $(stat -c "%h %a" /three) $([ $(du -k /d/hole | cut -f1) -lt 1024 ] && echo 1)')"
check_eq "what it deletes is deleted" gone "$(S run --rm two:1 sh -c '[ -e /bin/vi ] || echo gone')"
check_eq "loaded and saved again it is the same archive" "$(sha256sum <two.tar)" "$(save names=two:1 | sha256sum)"
check_eq "what is here is not unpacked again" "" "$(load both.tar 0 | grep Loading)"
S rmi two:1 two:2 >/dev/null
check_match "progress unless it is quiet" '"status":"Loading layer","progressDetail":\{"current":[0-9]+,"total":[0-9]+\},"progress":"\[=+>\]' "$(load two.tar 0)"
S tag busybox two:1
loaded "a name moves to the image that is loaded" "The image two:1 already exists, renaming the old one with ID $(id_of busybox) to empty string
Loaded image: two:1" two.tar
check_eq "a load is an event" load "$(api GET "/events?since=0&until=$(($(date +%s) + 1))&filters=%7B%22event%22:%5B%22load%22%5D%7D" | tail -1 | jq -r .Action)"

for tool in gzip bzip2 xz "zstd -q"; do
    S rmi two:1 >/dev/null
    $tool -c <two.tar >packed
    loaded "compressed by ${tool% *}" "Loaded image: two:1" packed
done

# The archive in Docker's order, with the manifest at its end, and with layers that are compressed.
repack() { (cd x && tar cf "../$1" --sort=name "${@:2}"); }
S rmi two:1 >/dev/null
repack docker.tar blobs index.json manifest.json oci-layout repositories
loaded "in Docker's order" "Loaded image: two:1" docker.tar
repack oci.tar blobs index.json oci-layout
S rmi two:1 >/dev/null
loaded "an OCI layout alone" "Loaded image: two:1" oci.tar
loaded "and once more" "Loaded image: two:1" oci.tar

# Older forms: a directory for each layer, by manifest.json and by repositories alone; a layer as a link to another one's.
layers=$(tar xOf two.tar manifest.json | jq -r '.[0].Layers[]')
mkdir old
parent='' tops=''
for layer in $layers; do
    v1=$(printf %s "$parent $layer" | sha256sum | cut -c1-64)
    mkdir "old/$v1"
    cp "x/$layer" "old/$v1/layer.tar"
    printf 1.0 >"old/$v1/VERSION"
    jq -nc --arg id "$v1" --arg parent "$parent" '{id: $id, created: "2020-01-02T03:04:05Z", os: "linux", architecture: "amd64",
        config: {Cmd: ["cat", "/two"]}, container_config: {Cmd: ["/bin/sh", "-c", "echo"]}} + if $parent == "" then {} else {parent: $parent} end' >"old/$v1/json"
    parent=$v1 tops="$tops $v1"
done
cp "x/blobs/sha256/${two#sha256:}" "old/${two#sha256:}.json"
jq -nc --arg top "$parent" '{old: {"1": $top}}' >old/repositories
jq -nc --arg config "${two#sha256:}.json" --arg layers "$tops" '[{Config: $config, RepoTags: ["old:2"], Layers: [$layers | split(" ")[] | select(. != "") + "/layer.tar"]}]' >manifest.json
S rmi two:1 >/dev/null
tar cf legacy.tar -C old .
loaded "an archive with repositories alone" "Loaded image: old:1" legacy.tar
check_eq "its layers are the same" two "$(S run --rm old:1)"
check_eq "its history is that of its layers" "/bin/sh -c echo" "$(S history --format '{{.CreatedBy}}' --no-trunc old:1 | sort -u)"
mv manifest.json old/
tar cf dirs.tar -C old .
loaded "directories with manifest.json" "Loaded image: old:2" dirs.tar
check_eq "give the image itself" "$two" "$(id_of old:2)"
S rmi old:1 old:2 >/dev/null
last=$(echo "$tops" | awk '{print $2}')
mkdir "old/other" && mv "old/$last/layer.tar" old/other/ && ln -s ../other/layer.tar "old/$last/layer.tar"
tar cf linked.tar -C old .
loaded "a layer that is a link to another's" "Loaded image: old:2" linked.tar
check_eq "is that" "$two" "$(id_of old:2)"
S rmi old:2 >/dev/null

# An image with the same layer twice: each place gets files of its own.
twice() {
    local layer=${1#blobs/sha256/} config
    rm -rf t && mkdir t && cp "x/$1" t/layer.tar
    jq -nc --arg diff "sha256:$layer" '{architecture: "amd64", os: "linux", config: {}, rootfs: {type: "layers", diff_ids: [$diff, $diff]}}' >t/config.json
    echo '[{"Config":"config.json","RepoTags":["twice:1"],"Layers":["layer.tar","layer.tar"]}]' >t/manifest.json
    tar cf twice.tar -C t .
}
twice "$(echo "$layers" | head -1)"
loaded "the same layer twice in one image" "Loaded image: twice:1" twice.tar
check_eq "has two places" 2 "$(layers_of twice:1 | jq length)"
check_eq "and runs" hi "$(S run --rm twice:1 echo hi)"
S rmi twice:1 >/dev/null

# A file that is handed over.
ask_hand() { curl -s --unix-socket "$SOCK" -X POST "http://d/slipway/images/load?quiet=1&$1" 9<two.tar 8</dev/null 7<. | jq -r '.stream // .message' | xargs; }
check_eq "slipway's own client hands a file over" "POST /slipway/images/load -> 200" \
  "$(S rmi two:1 >/dev/null 2>&1; S -D load -qi two.tar 2>&1 >/dev/null | sed -n 's/^\(POST [^?]*\)?.* -> \([0-9]*\) .*/\1 -> \2/p')"
check_eq "and is told the same" "Loaded image: two:1" "$(S load -qi two.tar)"
check_eq "also from its standard input" "Loaded image: two:1" "$(S load -q <two.tar)"
check_eq "and sends what is no file, or what was read from already" "Loaded image: two:1 Loaded image: two:1" \
  "$(cat two.tar | S load -q) $({ printf 'junk' && cat two.tar; } >behind; { head -c 4 >/dev/null; S load -q; } <behind)"
check_eq "the layers that it has are not read again" "0" "$(hand two.tar 0 | grep -c Loading)"
check_eq "a descriptor that cannot be read" "the descriptor is not that of a regular file" "$(ask_hand descriptor=8)"
check_eq "one of a directory" "the descriptor is not that of a regular file" "$(ask_hand descriptor=7)"
check_eq "one that is written to" "the descriptor cannot be read from" \
  "$(curl -s --unix-socket "$SOCK" -X POST "http://d/slipway/images/load?descriptor=9" 9>written | jq -r .message)"
check_eq "one that the client does not have" "the client has no descriptor 77" "$(ask_hand descriptor=77)"
check_eq "none at all" "the parameter descriptor is missing, or none" "$(ask_hand quiet=1)"

# 40 GB of zeros at the end of a layer take a minute to hash, unless it is noticed that nobody waits for them.
python3 - <<'PY'
import json, tarfile
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})
manifest = json.dumps([{"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}])
def head(name, size):
    info = tarfile.TarInfo(name); info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)
with open("endless.tar", "wb") as out:
    for name, text in ("manifest.json", manifest), ("config.json", config):
        out.write(head(name, len(text)) + text.encode().ljust(512, b"\0"))
    out.write(head("layer.tar", 40 << 30) + head("file", 0))
    out.truncate(out.tell() + (40 << 30) + 512)
PY
"$B/slipway" -H "unix://$SOCK" load -qi endless.tar >/dev/null 2>&1 & client=$!
unpacking() { pgrep -P "$ENGINE_PID" -x slipway-unpack >/dev/null; }
idle() { ! unpacking; }
wait_for 10 unpacking
kill "$client"
wait "$client" 2>/dev/null
check "a load that nobody waits for any more is given up" wait_for 15 idle
check_eq "and nothing is left of it" "[]" "$(problems)"
rm endless.tar

# An image that is a configuration alone.
printf 'FROM scratch\nLABEL alone=yes\n' | S build -q -t bare:1 - >/dev/null
bare=$(id_of bare:1)
save names=bare:1 >bare.tar
S rmi bare:1 >/dev/null
loaded "an image without layers" "Loaded image: bare:1" bare.tar
check_eq "is the same" "$bare yes" "$(S image inspect -f '{{.Id}} {{.Config.Labels.alone}}' bare:1)"
S rmi bare:1 >/dev/null

# --- lists, filters, removal and prune
list() { api GET "/images/json?$1" | jq -r 'if type == "array" then [.[] | (.RepoTags // .RepoDigests)[0]] | sort | join(" ") else .message end'; }
filter() { printf 'filters=%s' "$(jq -rn --arg f "$1" '$f | @uri')"; }
printf x >one && tar cf one.tar one
S import -c 'LABEL tier=web' one.tar lists:old >/dev/null
S import -c 'LABEL tier=db' one.tar lists:new >/dev/null
S tag lists:new other/lists:v1
S import one.tar lists:lost >/dev/null && S tag lists:old lists:lost
lost=$(S images -q --no-trunc --filter dangling=true)
check_eq "by label" "lists:new" "$(list "$(filter '{"label":["tier=db"]}')" | sed 's/ .*//')"
check_eq "by two labels" "" "$(list "$(filter '{"label":["tier=db","tier=web"]}')")"
check_eq "by the pattern of a name" "lists:lost" "$(list "$(filter '{"reference":["lists:l*"]}')")"
check_eq "a star stops at a slash" "other/lists:v1" "$(list "$(filter '{"reference":["*/lists"]}')")"
check_eq "a pattern that is none" "syntax error in pattern" "$(list "$(filter '{"reference":["[a"]}')")"
check_eq "made after another" "$lost" "$(api GET "/images/json?$(filter '{"since":["lists:new"]}')" | jq -r '.[].Id')"
check_eq "made before another" no "$(list "$(filter '{"before":["lists:old"]}')" | grep -q 'lists:new' || echo no)"
check_eq "an image that is none" "No such image: nope:latest" "$(list "$(filter '{"since":["nope"]}')")"
check_eq "dangling and not" "$lost 0" "$(api GET "/images/json?$(filter '{"dangling":["true"]}')" | jq -r '.[].Id') $(api GET "/images/json?$(filter '{"dangling":["false"]}')" | jq -r '.[].Id' | grep -c "$lost")"
check_eq "what is neither" "Invalid filter 'dangling=[maybe]'" "$(list "$(filter '{"dangling":["maybe"]}')")"
check_eq "what is no filter" "Invalid filter 'nosuch'" "$(list "$(filter '{"nosuch":["x"]}')")"
check_eq "shared sizes are told when they are asked for" "-1 1" "$(api GET /images/json | jq '.[0].SharedSize') $(api GET '/images/json?shared-size=1' | jq '.[] | select(.RepoTags[0] == "lists:new").SharedSize')"
printf 'FROM busybox\nRUN echo one > /one\nRUN echo three > /three\n' | S build -q -t sizes:1 - >/dev/null
check_eq "the images between two steps of a build share nothing that counts" "10" \
    "$(api GET /system/df | jq '.Images[] | select(.RepoTags[0] == "sizes:1") | .Size - .SharedSize')"
S rmi sizes:1 >/dev/null
check_eq "prune with a label" "null" "$(api POST "/images/prune?$(filter '{"label":["tier"]}')" | jq -c .ImagesDeleted)"
check_eq "prune of what is older" "null" "$(api POST "/images/prune?$(filter '{"until":["1h"]}')" | jq -c .ImagesDeleted)"
check_eq "prune of what has no name" "{\"Deleted\":\"$lost\"} 0" "$(api POST /images/prune | jq -c '"\(.ImagesDeleted[0]) \(.SpaceReclaimed)"' | jq -r .)"
check_match "prune is an event" '"Action":"prune"' "$(api GET "/events?since=0&until=$(($(date +%s) + 1))&filters=$(jq -rn '"{\"type\":[\"image\"]}" | @uri')" | tail -1)"
check_eq "prune of all with a label" "lists:lost lists:old" "$(api POST "/images/prune?$(filter '{"dangling":["false"],"label":["tier=web"]}')" | jq -r '[.ImagesDeleted[].Untagged // empty] | sort | join(" ")')"
S rmi lists:new other/lists:v1 >/dev/null
S run --name made busybox touch /1 && S commit made >/dev/null && middle=$(S images -q --no-trunc --filter dangling=true)
S rm made >/dev/null; S run --name made "$middle" touch /2 && S commit made made:2 >/dev/null; S rm made >/dev/null
check_eq "an image that others were made from cannot be removed" \
  "conflict: unable to delete $(cut -c8-19 <<<"$middle") (cannot be forced) - image has dependent child images" "$(api DELETE "/images/$middle?force=1" | jq -r .message)"
check_eq "it stays when its child goes without it" 1 "$(api DELETE '/images/made:2?noprune=1' >/dev/null; S images -aq --no-trunc | grep -c "$middle")"
check_eq "and goes by itself" 0 "$(S rmi "$middle" >/dev/null; S images -aq --no-trunc | grep -c "$middle")"

# --- what is refused
S rmi two:1 >/dev/null 2>&1
bad() { # NAME PATTERN FILE: an error in one line, and nothing kept
    local said before after
    before=$(S images -aq | wc -l)
    said=$(load "$3" | jq -r 'select(.error) | .error')
    check_match "$1" "$2" "$said"
    said=$(hand "$3" | jq -r 'select(.error) | .error')
    check_match "$1, handed over" "$2" "$said"
    after=$(S images -aq | wc -l)
    check_eq "$1: nothing is kept" "$before []" "$after $(problems)"
}
echo "this is no archive" >junk
bad "text" 'corrupt archive' junk
: >empty
bad "nothing at all" 'empty|EOF' empty
head -c 3000 two.tar >short
bad "an archive that breaks off early" 'corrupt archive' short
head -c $(($(stat -c %s two.tar) / 2)) two.tar >half
bad "one that breaks off in a layer" 'corrupt archive after entry [0-9]+ .*Truncated' half
gzip -c two.tar | head -c 300000 >half.gz
bad "a compressed one that breaks off" 'corrupt archive' half.gz
cp two.tar flipped && printf '\377' | dd of=flipped bs=1 seek=$(($(stat -c %s two.tar) - 40000)) conv=notrunc 2>/dev/null
bad "a layer with another digest" 'invalid diffID|corrupt' flipped
tar cf none.tar -C "$TMP" junk
bad "an archive of something else" 'holds no images' none.tar

made() { # a copy of the layout, changed by commands in it, as bad.tar
    rm -rf y && cp -r x y && (cd y && eval "$1") && tar cf bad.tar -C y .
}
config=$(jq -r '.[0].Config' x/manifest.json)
made "rm $(echo "$layers" | tail -1)"
bad "a layer that is missing" "has no file $(echo "$layers" | tail -1)" bad.tar
made "rm $config"
bad "a configuration that is missing" 'the configuration that manifest.json names: the archive has no file' bad.tar
made "echo '{' >manifest.json"
bad "a manifest that is no JSON" 'manifest.json' bad.tar
made "echo >>$config"
bad "a configuration with another digest" 'corrupt' bad.tar
made 'jq -c ".[0].Layers = .[0].Layers[:1]" manifest.json >m; mv m manifest.json'
bad "fewer layers than diff IDs" 'layers length mismatch: expected 2, got 1' bad.tar
made 'jq -c ".[0].RepoTags = [\"Bad:Name:x\"]" manifest.json >m; mv m manifest.json'
bad "a tag that is none" 'invalid tag "Bad:Name:x"' bad.tar
made "rm $(echo "$layers" | tail -1); ln -s ../../../../../etc/passwd $(echo "$layers" | tail -1)"
bad "a layer that is a link out of the archive" 'link that leads out of the archive' bad.tar
made 'rm index.json manifest.json repositories; ln -s a manifest.json; ln -s manifest.json a'
bad "links in a circle" 'holds no images|circle' bad.tar
made 'rm manifest.json; jq -c ".manifests[0].digest = \"sha256:$(printf 0%.0s $(seq 64))\"" index.json >i; mv i index.json'
bad "an index that leads nowhere" 'has no file blobs/sha256/0000' bad.tar
made 'rm manifest.json; jq -c ".manifests[0].platform = {os: \"linux\", architecture: \"s390x\"}" index.json >i; mv i index.json'
bad "an index for another machine" 'no image for linux/.* it has one for linux/s390x' bad.tar
cp two.tar doubled && tar rf doubled -C x manifest.json
bad "a name that is there twice" 'has manifest.json twice' doubled
(cd x && tar cf ../out.tar --transform 's,^oci-layout,../../oci-layout,' -P oci-layout manifest.json)
bad "a name that leads out" 'refused entry .*oci-layout' out.tar
head -c 9000000 /dev/zero | tr '\0' ' ' | sed 's/^/[/' >long.json
mkdir z && mv long.json z/manifest.json && tar cf long.tar -C z .
bad "a manifest without end" 'larger than' long.tar
mkdir bomb && truncate -s 300G bomb/layer.tar && tar cSf bomb.tar -C bomb . && gzip bomb.tar
bad "a sparse file without end" 'more than|corrupt|neither' bomb.tar.gz

# --- many layers, and the check
deep() { # an archive of an image with $1 small layers
    python3 - "$1" "$2" "$TMP/x/$(echo "$layers" | head -1)" <<'PY'
import hashlib, io, json, sys, tarfile
count, out, base = int(sys.argv[1]), sys.argv[2], open(sys.argv[3], "rb").read()
layers = [base]
for i in range(count - 1):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        info = tarfile.TarInfo("n%d" % i)
        info.size = 3
        tar.addfile(info, io.BytesIO(b"%3d" % i))
    layers.append(data.getvalue())
diffs = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diffs}}).encode()
manifest = json.dumps([{"Config": "config.json", "RepoTags": ["deep:%d" % count], "Layers": ["%d.tar" % i for i in range(count)]}]).encode()
with tarfile.open(out, "w") as tar:
    for name, data in [("manifest.json", manifest), ("config.json", config)] + [("%d.tar" % i, layer) for i, layer in enumerate(layers)]:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
PY
}
deep 127 deep.tar
loaded "127 layers" "Loaded image: deep:127" deep.tar
check_eq "all of them are in the root of a container" "126 125" "$(S run --rm deep:127 sh -c 'echo $(ls / | grep -c "^n[0-9]") $(cat /n125)')"
check_eq "also in one that is only looked at" 64 "$(S create --name stopped deep:127 true >/dev/null && S cp stopped:/n64 - | tar xO | xargs)"
check_eq "and what such a one changes" "A /new" "$(S run --name changed deep:127 touch /new && S diff changed)"
S rm stopped changed >/dev/null
deep 128 toodeep.tar
bad "one more is refused" 'max depth exceeded' toodeep.tar
engine_stop; engine_start
check_eq "and it all is there after a restart" "125" "$(S run --rm deep:127 cat /n125)"

check_eq "the store is what it should be" "[]" "$(problems)"
directory=$(S image inspect -f '{{.GraphDriver.Data.UpperDir}}' busybox)
printf x >>"$directory/bin/busybox"
mkdir "$DATA/overlay2/abandoned"
ln -s ../nowhere/diff "$DATA/overlay2/l/NOWHERE"
echo x >"$DATA/image/overlay2/imagedb/content/sha256/stray"
found=$(problems)
for what in 'file bin/busybox of the layer is longer than it was' 'directory overlay2/abandoned","Problem":"it belongs to no layer' \
    'overlay2/l/NOWHERE","Problem":"it leads nowhere' 'imagedb/content/sha256/stray","Problem":"no image is known'; do
    check_match "the check finds: ${what##*\"}" "$what" "$found"
done
check_match "and tells how much it looked at" '^\{"Images":[0-9]+,"Layers":1[0-9][0-9],' "$(api GET /slipway/images/check)"
check_eq "a layer that was changed is not saved as if it had not been" 1 "$(save names=busybox >/dev/null 2>&1; echo $(($? != 0)))"
rm -r "$DATA/overlay2/abandoned"
finish
