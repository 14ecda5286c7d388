#!/bin/bash
# cp, diff and export: what lands where, as the right owner, on running and stopped containers; and that no container can make them
# read or write a file of the host.
. "$(dirname "$0")/../lib.sh"
engine_start
cd "$TMP" || exit 1

inside() { S exec box "$@"; }
tree() { S exec box sh -c "cd $1 && find . | sort | tr '\n' ' '"; }

mkdir -p in/sub
echo alpha >in/a.txt
echo beta >in/sub/b.txt
ln -s a.txt in/link
ln in/a.txt in/hard
printf 'listen 80\n' >web.conf
touch -d @1700000000 web.conf
S run -d --name box -v store:/data -v "$TMP/in:/bound:ro" --tmpfs /quick busybox sleep 1000 >/dev/null

check "a file gets a new name" S cp web.conf box:/etc/web.conf
check_eq "with its contents" "listen 80" "$(inside cat /etc/web.conf)"
check_eq "and its time" 1700000000 "$(inside stat -c %Y /etc/web.conf)"
check "a directory becomes what is not there" S cp in box:/opt
check_eq "with all that is in it" "./a.txt ./hard ./link ./sub ./sub/b.txt" "$(tree /opt | sed 's/^\. //; s/ $//')"
check_eq "links stay links" a.txt "$(inside readlink /opt/link)"
check_eq "hard links stay one file" "$(inside stat -c %i /opt/a.txt)" "$(inside stat -c %i /opt/hard)"
check "a directory lands in one that is there" S cp in box:/opt
check_eq "below its name" beta "$(inside cat /opt/in/sub/b.txt)"
check "/. copies what is in it" S cp in/. box:/tmp
check_eq "beside what was there" alpha "$(inside cat /tmp/a.txt)"
check "into a volume" S cp web.conf box:/data/
check_eq "where the host finds it" "listen 80" "$(cat "$DATA/volumes/store/_data/web.conf")"
check "into a tmpfs" S cp web.conf box:/quick/
check_eq "where only the container finds it" "listen 80" "$(inside cat /quick/web.conf)"

check "a file out" S cp box:/opt/a.txt out.txt
check_eq "with its contents again" alpha "$(cat out.txt)"
check "a directory out" S cp box:/opt tree
check_eq "whole" beta "$(cat tree/in/sub/b.txt)"
check "out of a tmpfs" S cp box:/quick/web.conf quick.conf
check_eq "a tar to standard output" web.conf "$(S cp box:/etc/web.conf - | tar t)"
check_eq "a tar from standard input" 0 "$(tar c web.conf | S cp - box:/root >/dev/null 2>&1; echo $?)"
check_eq "unpacked" "listen 80" "$(inside cat /root/web.conf)"
check_eq "a link out is a link" web.conf "$(inside ln -s web.conf /root/l; S cp box:/root/l l1; readlink l1)"
check "a link followed" S cp -L box:/root/l l2
check_eq "is a file of its name" "listen 80" "$(cat l2)"
check_eq "a file of /proc has its contents" "$(inside cat /proc/version)" "$(S cp box:/proc/version - | tar xO)"
S exec box sh -c 'dd if=/dev/zero of=/root/hole bs=1 count=1 seek=50M 2>/dev/null'
S cp box:/root/hole hole && S cp hole box:/tmp/hole
check_eq "a hole takes no room" 1 "$(inside sh -c '[ $(du -k /tmp/hole | cut -f1) -lt 1024 ] && echo 1')"

check_eq "what is not there" "Error response from daemon: Could not find the file /nope in container box" "$(S cp box:/nope . 2>&1)"
check_eq "no such container" "Error response from daemon: No such container: gone" "$(S cp gone:/x . 2>&1)"
check_eq "no such file here" "lstat $TMP/nofile: no such file or directory" "$(S cp nofile box:/x 2>&1)"
check_eq "a directory that does not exist" "no such directory" "$(S cp web.conf box:/no/dir/ 2>&1)"
check_eq "a directory onto a file" "cannot copy directory" "$(S cp in box:/etc/web.conf 2>&1)"
check_eq "two containers" "copying between containers is not supported" "$(S cp box:/a box:/b 2>&1)"
check_eq "no container" "must specify at least one container source" "$(S cp a b 2>&1)"
check_match "a volume that is read-only" 'mounted volume is marked read-only' "$(S cp web.conf box:/bound/ 2>&1)"
check_match "a directory is not replaced by a file" 'cannot overwrite directory' "$(mkdir -p d/sub; touch d/sub/f; cd d && mv sub x && touch sub && tar c sub | S cp - box:/opt 2>&1; true)"
check_eq "HEAD says nothing more than the header" 200 "$(curl -s -o /dev/null -w '%{http_code}' -I --unix-socket "$SOCK" "http://d/containers/box/archive?path=/etc")"
check_match "a path is needed" 'pathcannot be empty' "$(api GET /containers/box/archive)"

S run -d --name locked --read-only -v "$TMP/in:/w" busybox sleep 1000 >/dev/null
check_match "a root that is read-only" 'container rootfs is marked read-only' "$(S cp web.conf locked:/etc/ 2>&1)"
check "its volume is not" S cp web.conf locked:/w/
S create --name user -u 1234:2345 busybox true >/dev/null
check "-a gives files to the container's user" S cp -a web.conf user:/tmp/
check_eq "and only then" "1234:2345" "$(S cp user:/tmp/web.conf - | tar tvn --numeric-owner | awk '{sub("/",":",$2); print $2}')"

check_match "diff shows what was added" '^A /etc/web.conf$' "$(S diff box)"
check_match "and its parents as changed" '^C /etc$' "$(S diff box)"
inside rm /etc/passwd
check_match "and what was deleted" '^D /etc/passwd$' "$(S diff box)"
S run --name opaque busybox sh -c 'b=/tmp/busybox; cp /bin/busybox $b; $b rm -r /bin; $b mkdir /bin; $b cp $b /bin; $b ln -s busybox /bin/sh'
check_match "what an opaque directory hides is deleted" '^D /bin/cat$' "$(S diff opaque)"
check_match "unless it is there again" '^C /bin/sh$' "$(S diff opaque)"
S commit opaque opaque:1 >/dev/null
check_eq "and so it is in an image of it" "busybox sh" "$(S run --rm opaque:1 sh -c 'echo $(/bin/busybox ls /bin)')"
check_eq "nothing differs in a new container" null "$(S create --name fresh busybox true >/dev/null; api GET /containers/fresh/changes)"

check "export" S export -o all.tar box
check_match "has the files of the root" '^opt/in/sub/b.txt$' "$(tar tf all.tar)"
check_no_match "and nothing that is mounted in it" '^(data/web.conf|quick/web.conf|proc/.|bound/.)' "$(tar tf all.tar)"
check_match "export says so when a terminal would get it" 'cowardly refusing' "$(script -qec "$B/slipway export box" /dev/null 2>&1)"

S stop -t 0 box >/dev/null
check "out of a stopped container" S cp box:/opt/sub/b.txt b2.txt
check "into a stopped container" S cp web.conf box:/root/late
check "into the volume of a stopped container" S cp web.conf box:/data/late
check_eq "is in the volume" "listen 80" "$(cat "$DATA/volumes/store/_data/late")"
check_match "export of a stopped container" '^root/late$' "$(S export box | tar t)"
S start box >/dev/null
check_eq "and there when it runs again" "listen 80" "$(inside cat /root/late)"
check_eq "nothing is left mounted" "" "$(grep "$DATA/overlay2" /proc/self/mountinfo | grep -v 'store' || true)"

# Hostile containers. $TMP/secret is of the host: it may be neither read nor written, whatever leads there.
echo "of the host" >"$TMP/secret"
mkdir "$TMP/dir"
S exec box sh -c "mkdir -p /e && ln -s $TMP/secret /e/file && ln -s $TMP/dir /e/dir && ln -s ../../../../../..$TMP/dir /e/up"
check_match "a link to a file of the host leads nowhere" 'Could not find|no such' "$(S cp box:/e/dir/. x1 2>&1)"
check_no_match "nor to its contents" 'of the host' "$(S cp -L box:/e/file - 2>&1 | tar xO 2>&1)"
for name in dir up; do S cp web.conf "box:/e/$name/" >/dev/null 2>&1; done
check_eq "nothing is written through a link" "" "$(ls "$TMP/dir")"
python3 - <<'PY' >evil.tar
import io, sys, tarfile
out = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
def add(name, **more):
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    out.addfile(info, io.BytesIO(b"x" * info.size))
add("lnk", type=tarfile.SYMTYPE, linkname="/../../../../../../../../tmp")
add("lnk/slipway-evil", size=1)
add("good", size=1)
add("one/two/../back", size=1)
add("../../../../../../../../tmp/slipway-evil", size=1)
PY
check_match "a name that leads out is refused" 'is outside of' "$(S cp - box:/root <evil.tar 2>&1)"
check "and nothing came to the host" test ! -e /tmp/slipway-evil
check_eq "one that goes up within is not" x "$(inside cat /root/one/back)"
check_eq "what came before it is in the container" x "$(inside cat /tmp/slipway-evil)"

# A directory that is exchanged for a link to the host's, and back, as fast as it can be, while files are copied both ways.
S exec -d box sh -c "mkdir -p /race/real && echo mine >/race/real/secret && cd /race && mv real cur &&
  while :; do mv cur real; ln -s $TMP cur; rm cur; mv real cur; done"
before=$(stat -c '%Y %s' "$TMP/secret")
leaked=0
end=$((SECONDS + 6))
while [ $SECONDS -lt $end ]; do
  S cp box:/race/cur/secret - 2>/dev/null | tar xO 2>/dev/null | grep -q 'of the host' && leaked=1
  S cp box:/race - 2>/dev/null | tar xO 2>/dev/null | grep -q 'of the host' && leaked=1
  tar c web.conf | S cp - box:/race/cur >/dev/null 2>&1
  tar c --transform 's,^,cur/,' web.conf | S cp - box:/race >/dev/null 2>&1
done
check_eq "a race leaks nothing of the host" 0 "$leaked"
check_eq "and changes nothing" "$before" "$(stat -c '%Y %s' "$TMP/secret")"
check_eq "nor adds to it" "" "$(find "$TMP" -maxdepth 1 -newer "$TMP/evil.tar" -name web.conf)"
check "the engine lives" S ps

# A client that leaves half way ends the work.
timeout 1 curl -s --limit-rate 1k --unix-socket "$SOCK" "http://d/containers/box/export" >/dev/null
archives_gone() { ! pgrep -P "$ENGINE_PID" -f slipway-archive; }
check "no process is left when the client leaves" wait_for 10 archives_gone
finish
