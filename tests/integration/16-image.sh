#!/bin/bash
# Images from the outside: importing, listing, naming, running, removing; hostile and broken tars; what is left after kill -9.
. "$(dirname "$0")/../lib.sh"

make_root() { # DIR: the smallest root filesystem that runs something
    mkdir -p "$1/bin" "$1/etc" && cp /bin/busybox "$1/bin/busybox" && ln -sf busybox "$1/bin/sh" && ln -sf busybox "$1/bin/cat"
    echo "listen 80" >"$1/etc/web.conf"
}
layers() { find "$DATA/overlay2" -mindepth 1 -maxdepth 1 ! -name l | wc -l; }

make_root "$TMP/root"
tar -C "$TMP/root" -cf "$TMP/plain.tar" .
gzip -k "$TMP/plain.tar"
xz -0 -k "$TMP/plain.tar"

engine_start --debug
wait_for 20 S inspect --type image busybox || wait_for 20 sh -c "$B/slipway images -q | grep -q ."
check_match "the shipped busybox is there" '^busybox +latest ' "$(S images)"

check_match "import prints the id" '^sha256:[0-9a-f]{64}$' "$(S import -c 'CMD ["cat", "/etc/web.conf"]' -m 'from export' "$TMP/plain.tar" web:v1)"
check_eq "an imported image runs its command" "listen 80" "$(S run --rm --network none web:v1)"
check_eq "import reads standard input, compressed too" "listen 80" \
    "$(S import - web:v2 <"$TMP/plain.tar.gz" >/dev/null && S run --rm --network none web:v2 cat /etc/web.conf)"
S import "$TMP/plain.tar.xz" web:v3 >/dev/null
inspect() { api GET "/images/$1/json"; }
check_eq "every compression is the same layer" 1 "$(for v in 1 2 3; do inspect web:v$v | jq -r '.RootFS.Layers[0]'; done | sort -u | wc -l)"
check_eq "history tells the message" "from export" "$(api GET /images/web:v1/history | jq -r '.[0].Comment')"
check_eq "the id is the digest of the config" "$(inspect web:v1 | jq -r .Id | cut -d: -f2)" \
    "$(sha256sum "$DATA/image/overlay2/imagedb/content/sha256/$(inspect web:v1 | jq -r .Id | cut -d: -f2)" | cut -d' ' -f1)"

head -c 20000 "$TMP/plain.tar.gz" >"$TMP/cut.tar.gz"
before=$(layers)
out=$(S import "$TMP/cut.tar.gz" broken 2>&1); rc=$?
check_eq "a cut tar is refused" 1 "$rc"
check_eq "in one line" 1 "$(wc -l <<<"$out")"
check_match "that says corrupt" "corrupt tar" "$out"
check_rc "and leaves no image" 1 S inspect --type image broken
check_eq "and leaves no layer" "$before" "$(layers)"

mkdir "$TMP/evil" && ln -s /etc "$TMP/evil/door" && tar -C "$TMP/evil" -cf "$TMP/evil.tar" door
rm "$TMP/evil/door" && mkdir "$TMP/evil/door" && echo owned >"$TMP/evil/door/slt-image-evil" && tar -C "$TMP/evil" -rf "$TMP/evil.tar" door/slt-image-evil
tar -C / -cPf "$TMP/absolute.tar" --transform 's,^etc/hostname,/etc/slt-image-evil,' etc/hostname
tar -C / -cPf "$TMP/dots.tar" --transform 's,^etc/hostname,../../../../etc/slt-image-evil,' etc/hostname
for tar in evil dots; do
    check_rc "the $tar tar is refused" 1 S import "$TMP/$tar.tar" evil
done
check "what begins with / stays below the image" sh -c "slipway import '$TMP/absolute.tar' from-top >/dev/null && slipway save from-top | tar xO | grep -aq slt-image-evil"
S rmi from-top >/dev/null
check "nothing came out" test ! -e /etc/slt-image-evil
check_eq "nothing stayed" "$before" "$(layers)"

check_match "an upper-case name is refused" "must be lowercase" "$(S import "$TMP/plain.tar" Bad:v1 2>&1)"
check_match "a bad change is refused" "RUN is not a valid change command" "$(S import -c 'RUN x' "$TMP/plain.tar" bad 2>&1)"
check_match "an unknown image is named with its tag" "No such image: nosuch:latest|Unable to find image 'nosuch:latest'" "$(S run nosuch 2>&1)"

# An import that is cut short by kill -9 leaves nothing for the next engine.
mkfifo "$TMP/slow"
(head -c 100000 "$TMP/plain.tar"; sleep 30) >"$TMP/slow" & slow=$!
S import - slow <"$TMP/slow" >/dev/null 2>&1 & importing=$!
check "the import has begun" wait_for 10 sh -c "ls -d $DATA/overlay2/tmp-*"
engine_kill9
kill "$slow" 2>/dev/null; wait "$importing" 2>/dev/null
engine_start --debug
check_eq "the interrupted import is cleared away" "$before" "$(layers)"
check_eq "images are still there" "listen 80" "$(S run --rm --network none web:v1)"
check_eq "no link leads nowhere" 0 "$(find "$DATA/overlay2/l" -xtype l | wc -l)"

id=$(S create --network none --name slt-image-c web:v1)
check_eq "overlay2 has diff, link, lower, merged, work" "diff link lower merged work" "$(cd "$DATA/overlay2/$id" && echo *)"
check_match "lower names short links" '^l/[A-Z2-7]{26}:l/[A-Z2-7]{26}$' "$(cat "$DATA/overlay2/$id/lower")"
check_match "a container's image is not removed" "conflict: unable to remove repository reference" \
    "$(api DELETE /images/web:v1 | jq -r .message)"
S rm slt-image-c >/dev/null
check "its layers go with it" wait_for 10 test ! -e "$DATA/overlay2/$id"
if have_docker; then
    check_eq "docker tags" "" "$(D tag web:v1 other:x 2>&1)"
    check_eq "docker untags" "Untagged: other:x" "$(D rmi other:x 2>&1)"
    check_match "docker lists" '^web +v1 ' "$(D images web)"
    check_match "docker removes" '^Deleted: sha256:' "$(D rmi web:v1 2>&1)"
fi

# What a stranger's archive is given to: not the daemon's own program.
mkfifo "$TMP/trickle"
S import - trickle:1 <"$TMP/trickle" >/dev/null 2>&1 & IMPORTING=$!
exec 9>"$TMP/trickle"
unpacker() { pgrep -P "$ENGINE_PID" -x slipway-unpack; }
# Its root is a mount that is nowhere to be seen: only what it is tells it from ours.
unpacks() { local pid; pid=$(unpacker) && [ "$(stat -Lc %d:%i "/proc/$pid/root")" != "$(stat -Lc %d:%i /)" ]; }
check "an archive is unpacked by a process of that name, shut into the layer" wait_for 20 unpacks
UNPACKER=$(unpacker)
check_eq "which is a program of its own" "$B/slipway-archive" "$(readlink "/proc/$UNPACKER/exe")"
check_eq "which may make no socket, nor anything else that it does not need" "2 1" "$(awk '/^Seccomp:|^NoNewPrivs:/ {print $2}' "/proc/$UNPACKER/status" | sort -r | xargs)"
tar -C "$ROOT/tests" -cf - lib.sh >&9; exec 9>&-
wait "$IMPORTING"
check "and its work is kept" S inspect trickle:1
finish
