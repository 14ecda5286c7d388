#!/bin/bash
# The picture of layers: what each layer of an image adds, changes, removes and hides, where it comes from, how efficient the whole is;
# and a container's own layer while it changes.
. "$(dirname "$0")/../lib.sh"
engine_start
wait_for 20 S image inspect busybox
layers() { api GET "/slipway/images/$1/layers"; }
build() { S rm -f maker >/dev/null 2>&1; S run --network none --name maker "$1" sh -c "$3" && S commit -m "$4" maker "$2" >/dev/null; }

# --- an image of four layers whose figures can be worked out ---
build busybox pic:1 'mkdir -p /data/deep; head -c 300000 /dev/zero >/data/big; head -c 1000 /dev/zero >/data/deep/a; head -c 2000 /dev/zero >/data/deep/b; echo one >/data/note' first
build pic:1 pic:2 'rm /data/big; echo three >/data/note; chmod 700 /data' second
build pic:2 pic:3 'rm -r /data/deep; echo new >/data/c' third
doc=$(layers pic:3)
check_eq "layers stand with the top first, numbered from the lowest" "4 3 2 1" "$(jq -r '[.layers[].number] | join(" ")' <<<"$doc")"
check_eq "each with the instruction that made it, and its comment" "sh -c rm /data/big; echo three >/data/note; chmod 700 /data|second" \
    "$(jq -r '.layers[1] | .created_by + "|" + .comment' <<<"$doc")"
check_eq "diff IDs are the image's" "$(S image inspect -f '{{json .RootFS.Layers}}' pic:3)" "$(jq -c '[.layers[].diff_id] | reverse' <<<"$doc")"
chain() { printf '%s %s' "$(jq -r '.layers[3].chain_id' <<<"$doc")" "$(jq -r '.layers[2].diff_id' <<<"$doc")" | sha256sum | cut -d' ' -f1; }
check_eq "the lowest chain ID is its diff ID, the next is made of both" "$(jq -r '.layers[3].diff_id' <<<"$doc") sha256:$(chain)" \
    "$(jq -r '.layers[3].chain_id + " " + .layers[2].chain_id' <<<"$doc")"
check_eq "added, changed, removed" "1 0 1|0 2 1|6 0 0" "$(jq -r '[.layers[0:3][] | [.added, .changed, .removed] | join(" ")] | join("|")' <<<"$doc")"
check_eq "what later layers hide of each" "0 0 303004" "$(jq -r '[.layers[0:3][].hidden] | join(" ")' <<<"$doc")"
check_eq "the waste is the sum, the largest path first" "303004 /data/big 300000 2 3" \
    "$(jq -r '.waste | [.bytes, (.largest[0] | .path, .bytes, .layer, .by)] | join(" ")' <<<"$doc")"
check_eq "who shares a layer" "busybox:latest pic:1 pic:2" "$(jq -r '.layers[3].shared_with | sort | join(" ")' <<<"$doc")"
check_eq "sizes are those of the files" "$(S image inspect -f '{{.Size}}' pic:3)" "$(jq .size <<<"$doc")"
# dive: of all paths, the smallest size over all sizes. A removed file needs nothing; a removed directory counts with what was in it.
# It goes by the headers of the tar, where a link has no size.
base=$(find "$(jq -r '.layers[3].directory' <<<"$doc")" -type f -printf '%i %s\n' | sort -u | awk '{s += $2} END {print s}')
want=$(awk -v b="$base" 'BEGIN {printf "%.9f", (b + 3000 + 4 + 3000 + 4) / (b + 300000 + 3000 + 4 + 6 + 3000 + 4)}')
check_eq "the efficiency is dive's" "$want" "$(jq -r .efficiency <<<"$doc" | xargs printf %.9f)"
S save -o "$TMP/saved.tar" pic:3
check_eq "and so it is when worked out from the tars" "$want" "$(python3 "$ROOT/tests/efficiency.py" "$TMP/saved.tar")"
check_eq "an image of one layer is wholly efficient" "1 0" "$(layers busybox | jq -r '"\(.efficiency) \(.waste.bytes)"')"

# --- history lines that made no layer ---
S import -c 'CMD ["x"]' -m imported "$B/images/busybox.tar" hist:1 >/dev/null
check_eq "an import's layer has its comment" "imported" "$(layers hist:1 | jq -r '.layers[0].comment')"
empty() { S create --name "none$1" "$2" true >/dev/null; S commit -c "LABEL a=$1" -m "label $1" "none$1" "$3" >/dev/null; S rm "none$1" >/dev/null; }
empty 1 hist:1 hist:2; build hist:2 hist:3 'echo x >/x' after
check_eq "a line that made no layer is in the history, and aligns the rest" "imported:1 label 1:null after:2" \
    "$(layers hist:3 | jq -r '[.history[] | "\(.comment):\(.layer)"] | join(" ")')"
check_eq "the layer after it has its own line" "after" "$(layers hist:3 | jq -r '.layers[0].comment')"

printf 'FROM busybox\nLABEL x=y\nRUN echo a >/a\nENV B=c\nRUN rm /a\nCMD ["sh"]\n' >"$TMP/Dockerfile.steps"
mkdir "$TMP/none"; S build -q -t built -f "$TMP/Dockerfile.steps" "$TMP/none" >/dev/null
check_eq "a build's layers have their instructions, steps on the way share nothing" "/bin/sh -c rm /a /bin/sh -c echo a >/a|0" \
    "$(layers built | jq -r '([.layers[0:2][].created_by] | join(" ")) + "|" + (.layers[0].shared_with | length | tostring)')"
check_match "told as the Dockerfile has them" 'by: RUN rm /a' "$(S xray --image built)"
printf 'FROM scratch\nLABEL a=b\n' >"$TMP/Dockerfile.empty"; S build -q -t empty -f "$TMP/Dockerfile.empty" "$TMP/none" >/dev/null
check_eq "an image without layers wastes nothing" "0 1 1" "$(layers empty | jq -r '"\(.layers | length) \(.efficiency) \(.history | length)"')"

# --- the files of one layer, in pages ---
page() { api GET "/slipway/images/pic:3/layers?layer=$1&offset=${2:-0}&limit=${3:-100}"; }
check_eq "changes of a layer" "C /data;D /data/big;C /data/note" "$(page 3 | jq -r '[.changes[] | "\(.kind) \(.path)"] | join(";")')"
check_eq "with the layer that had it" "2" "$(page 3 | jq -r '.changes[1].layer')"
check_eq "a removed directory is one removal" "A /data/c;D /data/deep" "$(page 4 | jq -r '[.changes[] | "\(.kind) \(.path)"] | join(";")')"
check_eq "a page from the middle" "$(page 1 | jq -c '.changes[5:8]')" "$(page 1 5 3 | jq -c .changes)"
check_eq "the total is told with each" "$(jq '.layers[3].files' <<<"$doc")" "$(page 1 5 3 | jq .total)"
check_match "the lowest is 1" 'no layer 0: there are 4' "$(page 0)"
check_match "no such layer" 'no layer 9: there are 4' "$(page 9)"
check_match "a limit has limits" 'limit is 1 to 1000' "$(page 1 0 5000)"
check_match "no such image" 'No such image: nobody' "$(layers nobody)"

# --- the merged tree, a directory a call ---
tree() { api GET "/slipway/$1/tree?path=$2"; }
entries() { jq -r '[.entries[] | "\(.name) \(.size) \(.layer)" + (if .was then "<\(.was)" else "" end) + (if .gone then "-\(.gone)" else "" end)] | join(";")'; }
check_eq "each entry with the layer it is from, whiteouts too" "big 0 2-3;c 4 4;deep 0 2-4;note 6 3<2" "$(tree images/pic:3 /data | entries)"
check_eq "as it was one layer before" "big 0 2-3;deep 3000 2;note 6 3<2" "$(tree images/pic:3 '/data&layer=3' | entries)"
check_eq "what a whiteout hides" 300000 "$(tree images/pic:3 /data | jq '.entries[0].hides')"
check_eq "by size, a page" "deep 3000 2" "$(tree images/pic:3 '/data&layer=3&order=size&limit=1' | entries)"
check_eq "a directory has the size of all below" "10 2" "$(tree images/pic:3 / | jq -r '.entries[] | select(.name == "data") | "\(.size) \(.files)"')"
check_match "with what made each layer" 'rm /data/big' "$(tree images/pic:3 / | jq -r '.stack[2].created_by')"
check_match "no such directory" 'no /data/none in these layers' "$(tree images/pic:3 /data/none)"
check_match "no directory" '/data/c is not a directory' "$(tree images/pic:3 /data/c)"
check_match "no such layer of it" 'no layer 9: there are 4' "$(tree images/pic:3 '/&layer=9')"
check_match "no such order" 'no order age' "$(tree images/pic:3 '/&order=age')"

# --- the command ---
out=$(COLUMNS=80 S xray --image pic:3)
check_match "xray --image draws the stack" 'layer +301kB? .* \+6 ~0 -0|layer +303kB .* \+6 ~0 -0' "$out"
check_match "with instructions" 'by: sh -c rm /data/big' "$out"
check_match "with the efficiency and the waste" 'efficiency [0-9.]+ % +waste 303kB in 4 files' "$out"
check_eq "no line is wider than the terminal" "0" "$(wc -L <<<"$out" | awk '{print ($1 > 80)}')"
check_eq "--json is the document" "$(layers pic:3 | jq -c 'del(.layers[].shared_with)')" "$(S xray --image --json pic:3 | jq -c 'del(.layers[].shared_with)')"
check_match "--layer lists the changes" 'D /data/big +was in layer 2' "$(S xray --image --layer 3 pic:3)"
check_match "xray files: a directory, what each layer did there" 'D +2 +- .* big +removed by layer 3, 300kB hidden here' "$(S xray --image pic:3 files --path /data)"
check_match "what replaces another" 'C +3 +6B .* note +replaces the one of layer 2' "$(S xray --image pic:3 files --path /data)"
check_match "up to a layer, the largest first" '^ +2 +3kB .* deep/' "$(S xray --image --layer 3 pic:3 files --path /data --by-size | sed -n 3p)"
check_eq "as the engine has it" "$(tree images/pic:3 /data | jq -c .entries)" "$(S xray --image --json pic:3 files --path /data | jq -c .entries)"
check_match "as a picture" '^<svg' "$(S xray --image --svg pic:3 files)"
check_match "no such directory for it" 'no /nowhere in these layers' "$(S xray --image pic:3 files --path /nowhere 2>&1)"
check_rc "a path begins with /" 1 S xray --image pic:3 files --path data
check_rc "a path is for files" 1 S xray --image pic:3 --path /data
check_match "an image has no cgroup" 'an image has no cgroup' "$(S xray --image pic:3 cgroup 2>&1)"
check_rc "an image that is not there" 1 S xray --image nobody

# --- a container: what it changed, and from which layer ---
S run -d --network none --name live pic:3 sleep 600 >/dev/null
S exec live sh -c 'echo x >>/data/note; rm /bin/vi; echo y >/fresh'
own() { api GET "/slipway/containers/live/layers"; }
check_eq "changes with their layers" "A /fresh 0;C /data/note 3;D /bin/vi 1" \
    "$(own | jq -r '[.changes[] | select(.path != "/bin" and .path != "/data") | "\(.kind) \(.path) \(.from // 0)"] | sort | join(";")')"
check_eq "a copy is known for one" "true 6" "$(own | jq -r '.changes[] | select(.path == "/data/note") | "\(.copied_up) \(.was)"')"
check_eq "the upper layer is the top of the stack" "upper 6 1 3 1" "$(own | jq -r '.layers[0] | "\(.role) \(.number) \(.added) \(.changed) \(.removed)"')"
check_eq "below it the image's, as the image has them" "$(layers pic:3 | jq -c '[.layers[].chain_id]')" "$(own | jq -c '[.layers[2:][].chain_id]')"
check_eq "pages of its image's layers" "$(page 3 | jq -c .changes)" "$(api GET "/slipway/containers/live/layers?layer=3" | jq -c .changes)"
check_eq "its merged tree: copied up, from where" "note 8 6<3 true" \
    "$(tree containers/live /data | jq -r '.entries[] | select(.name == "note") | "\(.name) \(.size) \(.layer)<\(.was) \(.copied_up)"')"
check_eq "and what it removed" "1 6" "$(tree containers/live '/bin&limit=1000' | jq -r '.entries[] | select(.name == "vi") | "\(.layer) \(.gone)"')"
check_eq "the image's layers alone have it still" "null" "$(tree containers/live '/bin&limit=1000&layer=4' | jq -r '.entries[] | select(.name == "vi") | .gone')"
S exec live sh -c 'ln -s / /data/out'
check_match "no link of the container's is followed" 'not a directory' "$(tree containers/live /data/out)"

# --- live: pushed as it happens ---
watches() { find "/proc/$ENGINE_PID/fd" -lname 'anon_inode:inotify' | wc -l; }
quiet=$(watches)
curl -sN --unix-socket "$SOCK" "http://d/slipway/containers/live/layers?follow=1" >"$TMP/lines" & follower=$!
wait_for 10 test -s "$TMP/lines"
check_eq "the first line is the whole" "layers true" "$(head -1 "$TMP/lines" | jq -r '"\(.type) \(.watched)"')"
told() { jq -e --arg path "$1" 'select(.type == "change" and .path == $path)' "$TMP/lines" >/dev/null; }
told_quick() { # milliseconds from the writing to the line
    local from=$EPOCHREALTIME
    S exec live sh -c "$1"; wait_for 10 told "$2" || return 1
    awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN {printf "%d\n", (b - a) * 1000}'
}
took=$(told_quick 'echo more >>/etc/passwd' /etc/passwd); check "a copied-up file is told" test -n "$took"
echo "# a copy-up showed ${took} ms after the command was given (bound: 300)"
check_eq "with the layer that it came from" "1 true" "$(jq -r 'select(.path == "/etc/passwd") | "\(.from) \(.copied_up)"' "$TMP/lines" | tail -1)"
told_quick 'mkdir -p /made/of/it && echo z >/made/of/it/deep' /made/of/it/deep >/dev/null
check "a file in a new directory" told /made/of/it/deep
gone() { jq -e 'select(.path == "/fresh" and .kind == "-")' "$TMP/lines" >/dev/null; }
S exec live rm /fresh; check "what is taken back is told" wait_for 10 gone
check "following costs nothing while nothing happens" at_rest "$ENGINE_PID" 1 2
S rm -f live >/dev/null
check "it ends with the container" wait_for 10 bash -c "! kill -0 $follower 2>/dev/null"
wait "$follower" 2>/dev/null
S run -d --network none --name live2 busybox sleep 600 >/dev/null
"$B/slipway" xray --follow live2 layers >"$TMP/drawn" & follower=$!
wait_for 10 grep -q 'since the start' "$TMP/drawn"
S exec live2 sh -c 'echo 1 >>/etc/group'
check "xray --follow draws, then tells" wait_for 10 grep -Eq '^ +[0-9:.]+ +C /etc/group .*copied up from layer 1' "$TMP/drawn"
kill "$follower"; wait "$follower" 2>/dev/null
alone() { [ "$(watches)" = "$quiet" ]; }
check "a client that leaves takes its watch along" wait_for 10 alone
finish
