#!/bin/bash
# Binds, volumes and tmpfs: every way to ask for them, what an image puts into a new volume, who shares what, who may remove what,
# drivers' options, and images and names that mean harm.
. "$(dirname "$0")/../lib.sh"
engine_start
V=$DATA/volumes

# An image with something to copy: owners, modes, a hard link, an extended attribute, a hole, and places that are traps.
make_image() {
    local root=$TMP/root
    mkdir -p "$root" && tar -xf "$B/images/busybox.tar" -C "$root" || return 1
    mkdir -p "$root/seed/deep" "$root/declared" "$root/empty" "$root/real"
    echo one >"$root/seed/one"; ln "$root/seed/one" "$root/seed/deep/again"; ln -s one "$root/seed/link"
    mkfifo "$root/seed/pipe"; truncate -s 1M "$root/seed/hole"; echo x >"$root/declared/file"; echo r >"$root/real/file"
    python3 -c 'import os,sys; os.setxattr(sys.argv[1], "user.colour", b"blue")' "$root/seed/one" 2>/dev/null
    chown 1000:1001 "$root/seed" "$root/seed/one"; chmod 2751 "$root/seed"; chmod 4711 "$root/seed/one"; chmod 700 "$root/empty"
    ln -s /real "$root/to-real"; ln -s ../../../../../../../../etc "$root/to-etc"; ln -s "$TMP/outside" "$root/to-outside"
    ln -s loop "$root/loop"
    mkdir "$root/big"; head -c 24M /dev/urandom | split -b 1M - "$root/big/"
    tar --xattrs --xattrs-include='*' -cf "$TMP/seeded.tar" -C "$root" . && S import -c 'VOLUME /declared' "$TMP/seeded.tar" seeded >/dev/null
}
check "an image with content at the places of volumes" make_image
run() { S run --rm --network none "$@"; }

# --- what an image has becomes a new volume's content ---
check_eq "a new volume is filled from the image" "one" "$(run -v filled:/seed seeded cat /seed/deep/again)"
check_eq "owner and mode of the directory come along" "1000:1001 2751" "$(stat -c '%u:%g %a' "$V/filled/_data")"
check_eq "owner and mode of a file come along" "1000:1001 4711" "$(stat -c '%u:%g %a' "$V/filled/_data/one")"
check_eq "hard links stay links" "2" "$(stat -c %h "$V/filled/_data/one")"
check_eq "symbolic links are copied as they are" "one" "$(readlink "$V/filled/_data/link")"
check "a pipe is a pipe" test -p "$V/filled/_data/pipe"
check_eq "a hole stays a hole" "1048576 0" "$(stat -c '%s %b' "$V/filled/_data/hole")"
colour() { python3 -c 'import os,sys; print(os.getxattr(sys.argv[1], "user.colour").decode())' "$1" 2>/dev/null; }
if [ -n "$(colour "$TMP/root/seed/one")" ]; then
    check_eq "extended attributes come along" "blue" "$(colour "$V/filled/_data/one")"
else skip "extended attributes come along" "none here"; fi
check_eq "what the volume has is not written over" "mine" "$(run -v filled:/seed seeded sh -c 'echo mine >/seed/one'; run -v filled:/seed seeded cat /seed/one)"
check_eq "nocopy leaves it empty" "" "$(run -v bare:/seed:nocopy seeded ls /seed)"
check_eq "--mount fills too" "one" "$(run --mount src=mounted,dst=/seed seeded cat /seed/one)"
check_eq "--mount with volume-nocopy does not" "" "$(run --mount src=mounted2,dst=/seed,volume-nocopy seeded ls /seed)"
check_eq "mode of an empty directory comes along" "700" "$(run -v emptied:/empty seeded true; stat -c %a "$V/emptied/_data")"
check_eq "through a link inside the image" "r" "$(run -v linked:/to-real seeded cat /real/file)"
S create --name keeps -v kept:/k busybox true >/dev/null
check_eq "a volume that another container knows is filled in place" "one $(stat -c %i "$V/kept/_data")" \
    "$(run -v kept:/seed seeded cat /seed/one) $(stat -c %i "$V/kept/_data")"
check_eq "nothing half-copied is left" "" "$(find "$V" -maxdepth 2 -name fill)"

# --- killed while it copies: all or nothing ---
whole=0; nothing=0
for wait in 0.01 0.02 0.04 0.08; do
    S create --name torn -v torn:/big seeded true >/dev/null 2>&1 &
    sleep "$wait"; engine_kill9; wait $!; engine_start
    count=$(find "$V/torn/_data" -type f 2>/dev/null | wc -l)
    [ "$count" = 24 ] && whole=$((whole + 1)); [ "$count" = 0 ] && nothing=$((nothing + 1))
    S rm -f torn >/dev/null 2>&1; S volume rm -f torn >/dev/null 2>&1
done
check_eq "a volume is filled or empty, whenever the engine is killed" 4 $((whole + nothing))
check_eq "and no half is left" "" "$(find "$V" -maxdepth 2 -name fill)"
check_eq "two that begin at once: one copies, both see it" "24 24" "$(
    run -v twice:/big seeded sh -c 'ls /big | wc -l' >"$TMP/first" & run -v twice:/big seeded sh -c 'ls /big | wc -l' >"$TMP/second"; wait; echo "$(cat "$TMP/first") $(cat "$TMP/second")")"

# --- volumes of images, anonymous ones, who takes them away ---
S run --network none --name anon -v /more seeded sh -c 'cat /declared/file; echo y >/more/f' >"$TMP/out"
check_eq "a VOLUME of the image is a volume with its content" "x" "$(cat "$TMP/out")"
check_eq "both are anonymous volumes" "/declared 64 /more 64" "$(S inspect -f '{{range .Mounts}}{{.Destination}} {{len .Name}} {{end}}' anon | xargs -n2 | sort | xargs)"
names=$(S inspect -f '{{range .Mounts}}{{.Name}} {{end}}' anon)
S create --name borrower --volumes-from anon busybox true >/dev/null
S rm -v anon >/dev/null
check_eq "rm -v leaves what another container still uses" "2" "$(for n in $names; do S volume ls -q --filter "name=$n"; done | wc -l)"
S rm -v borrower >/dev/null
check_eq "the last one takes them along" "" "$(for n in $names; do S volume ls -q --filter "name=$n"; done)"
before=$(S volume ls -q | wc -l); run -v /gone -v stays:/s seeded true
check_eq "--rm takes the anonymous ones, never a named one" "$((before + 1))" "$(S volume ls -q | wc -l)"

# --- volumes-from ---
S run -d --network none --name owner -v shared:/d -v "$TMP:/host:ro" --tmpfs /scratch busybox sh -c 'echo 1 >/d/f; sleep 600' >/dev/null
wait_for 5 test -s "$V/shared/_data/f"
check_eq "--volumes-from brings volumes and binds" "1 /d /host" "$(run --volumes-from owner busybox sh -c 'echo "$(cat /d/f)" $(mount | grep -oE " /(d|host|scratch) " | sort)')"
check_match ":ro makes them read-only" "Read-only" "$(run --volumes-from owner:ro busybox touch /d/x 2>&1)"
check_match "what was read-only stays so" "Read-only" "$(run --volumes-from owner busybox touch /host/x 2>&1)"
check_eq "one's own -v wins" "" "$(run --volumes-from owner -v other:/d busybox ls /d)"
check_match "an unknown container is named" "No such container: nobody" "$(run --volumes-from nobody busybox true 2>&1)"
check_match "a mode that is none" "invalid mode: zz" "$(run --volumes-from owner:zz busybox true 2>&1)"
check_match "no propagation here" "invalid mode: rshared" "$(run --volumes-from owner:rshared busybox true 2>&1)"

# --- binds ---
mkdir "$TMP/h" && echo host >"$TMP/h/f" && chmod 777 "$TMP/h"
check_eq "a directory of the host" "host" "$(run -v "$TMP/h:/h" busybox cat /h/f)"
check_eq "a single file" "host" "$(run -v "$TMP/h/f:/etc/motd" busybox cat /etc/motd)"
check_eq "z and Z are taken without SELinux" "host" "$(run -v "$TMP/h:/h:ro,z" -v "$TMP/h:/i:Z" busybox cat /i/f)"
check_eq "relative to where we are" "host" "$(cd "$TMP" && S run --rm --network none -v ./h:/h busybox cat /h/f)"
run -v "$TMP/made/deep:/n" busybox touch /n/z
check "-v makes a missing directory" test -f "$TMP/made/deep/z"
S create --name later -v "$TMP/not-yet:/n" busybox true >/dev/null
check_rc "but not before the start" 1 test -e "$TMP/not-yet"
check_match "--mount does not make it" 'bind source path does not exist: /no/such' "$(run --mount type=bind,src=/no/such,dst=/x busybox true 2>&1)"
check_eq "inspect shows binds as Docker does" "[{\"Type\":\"bind\",\"Source\":\"$TMP/h\",\"Destination\":\"/y\",\"Mode\":\"ro\",\"RW\":false,\"Propagation\":\"rprivate\"}] [\"$TMP/h:/y:ro\"]" \
    "$(S create --name bi -v "$TMP/h:/y:ro" busybox true >/dev/null; S inspect -f '{{json .Mounts}} {{json .HostConfig.Binds}}' bi)"
check_eq "the inner mount is seen in the outer one, whatever the order" "host in" "$(mkdir -p "$TMP/outer/b"; run -v "$TMP/h:/a/b" -v "$TMP/outer:/a" busybox sh -c 'echo "$(cat /a/b/f) in"')"
check_eq "a volume over /etc has the files of /etc" "hostname hosts resolv.conf" "$(run -v over:/etc:nocopy busybox ls /etc | xargs)"
check_eq "read-only root, writable mounts, names" "ok localhost" "$(run --read-only -v ww:/w --tmpfs /t busybox sh -c 'touch /w/a /t/a && ! touch /x 2>/dev/null && ! touch /etc/hosts 2>/dev/null && echo ok $(grep -ow localhost /etc/hosts | head -1)')"
check_match "a file over a directory" 'error mounting .* not a directory: unknown: Are you trying to mount a directory onto a file' "$(run -v "$TMP/h/f:/etc" busybox true 2>&1)"
check_match "a directory over a file" 'mount a directory onto a file: not a directory' "$(run -v "$TMP/h:/etc/passwd" busybox true 2>&1)"
mkdir -p "$TMP/tree/sub" && mount -t tmpfs none "$TMP/tree/sub" && touch "$TMP/tree/sub/seen"
check_eq "a bind takes what is mounted below" "seen" "$(run -v "$TMP/tree:/x" busybox ls /x/sub)"
check_eq "bind-nonrecursive does not" "" "$(run --mount "type=bind,src=$TMP/tree,dst=/x,bind-nonrecursive" busybox ls /x/sub)"
mkdir "$TMP/prop" && mount -t tmpfs none "$TMP/prop" && mount --make-shared "$TMP/prop" && mkdir "$TMP/prop/m"
run --privileged -v "$TMP/prop:/p:rshared" busybox sh -c 'mount -t tmpfs none /p/m && touch /p/m/inside'
check "rshared: a mount made inside is seen outside" test -f "$TMP/prop/m/inside"
umount "$TMP/prop/m"
run --privileged -v "$TMP/prop:/p" busybox mount -t tmpfs none /p/m
check_rc "otherwise it is not" 32 mountpoint -q "$TMP/prop/m"
check_match "rshared needs a shared mount" "is mounted on .* but it is not a shared mount" "$(run -v "$TMP/h:/p:rshared" busybox true 2>&1)"
umount "$TMP/prop" "$TMP/tree/sub"

# --- tmpfs ---
check_eq "--mount tmpfs: size and mode" "1024 700" "$(run --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700 busybox sh -c 'echo $(df -k /t | tail -1 | xargs | cut -d" " -f2) $(stat -c %a /t)')"
check_match "read-only tmpfs" "Read-only" "$(run --mount type=tmpfs,dst=/t,ro busybox touch /t/x 2>&1)"
check_match "a tmpfs option that is none" 'Invalid tmpfs option \["bogus"\]' "$(run --tmpfs /t:bogus busybox true 2>&1)"

# --- drivers' options ---
S volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,uid=1000 tv >/dev/null
check_rc "nothing is mounted before it is used" 32 mountpoint -q "$V/tv/_data"
S run -d --network none --name t1 -v tv:/t busybox sleep 600 >/dev/null; S run -d --network none --name t2 -v tv:/t busybox sleep 600 >/dev/null
S exec t1 touch /t/both
check_eq "containers share the mount" "both 1024" "$(S exec t2 sh -c 'echo $(ls /t) $(df -k /t | tail -1 | xargs | cut -d" " -f2)')"
S rm -f t1 >/dev/null; check "it stays while one uses it" mountpoint -q "$V/tv/_data"
engine_kill9; engine_start
check "and over a crash of the engine" mountpoint -q "$V/tv/_data"
engine_kill9; engine_start
S rm -f t2 >/dev/null; unmounted() { ! mountpoint -q "$V/tv/_data"; }
check "the last one unmounts it" wait_for 5 unmounted
mkdir "$TMP/dev" && echo dev >"$TMP/dev/f"
S volume create -o type=none -o o=bind -o "device=$TMP/dev" bv >/dev/null
check_eq "a volume that is another directory" "dev" "$(run -v bv:/b busybox cat /b/f)"
check_match "the device is missing" "error while mounting volume '.*/nv/_data': failed to mount local volume: mount /no/dir:.*/nv/_data, flags: 0x1000: no such file or directory" \
    "$(S volume create -o type=none -o o=bind -o device=/no/dir nv >/dev/null; run -v nv:/b busybox true 2>&1)"
S run -d --network none --name bvuser -v bv:/b busybox sleep 600 >/dev/null; S rm -f bvuser >/dev/null; S volume rm bv >/dev/null
check "removing such a volume leaves the directory alone" test -f "$TMP/dev/f"
check_match "an option that is none" 'create x1: invalid option: "foo"' "$(S volume create -o foo=bar x1 2>&1)"
check_match "options that belong together" 'create x1: missing required option: "device"' "$(S volume create -o type=tmpfs x1 2>&1)"
check_match "no quota here" "quota size requested but no quota support" "$(S volume create -o size=1m x1 2>&1)"
check_eq "nothing of these is left" "" "$(S volume ls -q --filter name=x1)"
check_match "storage-opt where there is no quota" "storage-opt is supported only for overlay over xfs with 'pquota'" "$(run --storage-opt size=1g busybox true 2>&1)"

# --- what is refused ---
refused() { local name=$1 text=$2; shift 2; check_match "$name" "$text" "$(run "$@" busybox true 2>&1)"; }
refused "the same place twice" "Duplicate mount point: /x" -v "$TMP:/x" -v other:/x/
refused "a mode that is none" "invalid mode: bogus" -v "$TMP:/x:bogus"
refused "two words of one kind" "invalid mode: ro,rw" -v "$TMP:/x:ro,rw"
refused "not over the root" "destination can't be '/'" -v "$TMP:/"
refused "a path as a volume's name" "includes invalid characters for a local volume name" -v a/b:/x
refused "dots as a volume's name" "includes invalid characters for a local volume name" -v a..b/..:/x
refused "a name too short" "volume name is too short" -v a:/x
refused "an unknown driver" 'error looking up volume plugin nosuch: plugin "nosuch" not found' --volume-driver nosuch -v vv:/x
refused "an empty section" "invalid spec: :/x: empty section between colons" -v :/x
refused "a type that is none" 'mount type unknown' --mount type=fancy,dst=/x
refused "a key that is none" "unexpected key 'foo' in 'foo=bar'" --mount dst=/x,foo=bar
refused "a quote in the middle" 'parse error on line 1, column 5: bare " in non-quoted field' --mount 'dst="/x'
check_eq "a quoted field may hold a comma" "ok" "$(mkdir "$TMP/a,b" && run --mount "type=bind,\"src=$TMP/a,b\",dst=/x" busybox echo ok)"

# --- hostile images and names ---
mkdir "$TMP/outside"
run -v "$TMP/h:/to-etc/planted" seeded true 2>/dev/null
check_rc "a link in the image does not lead a mount outside" 1 test -e /etc/planted
run -v "$TMP/h:/to-outside/planted" seeded true 2>/dev/null
check_eq "nor to a path of the host" "" "$(ls "$TMP/outside")"
check_eq "nor a copy from outside" "" "$(run -v stolen:/to-outside seeded true 2>/dev/null; ls "$V/stolen/_data")"
check_eq "a link in a circle copies nothing" "" "$(S create --name circle -v circle:/loop seeded true >/dev/null 2>&1; ls "$V/circle/_data")"
for name in ../up 'a/../b' .hidden '' 'x y' "$(printf 'n%.0s' {1..300})"; do
    code=$(api POST /volumes/create -H 'Content-Type: application/json' -d "{\"Name\":\"$name\"}" -o /dev/null -w '%{http_code}')
    [ -n "$name" ] && check_eq "volume name '${name:0:12}' is refused" 400 "$code"
done
check_eq "a name in a path stays a name" 404 "$(api GET /volumes/..%2f..%2fcontainers -o /dev/null -w '%{http_code}')"
check_eq "options that are no strings" 400 "$(api POST /volumes/create -H 'Content-Type: application/json' -d '{"Name":"xx","DriverOpts":{"type":{}}}' -o /dev/null -w '%{http_code}')"

# --- the volumes themselves ---
S volume create --label env=test --label tier=db lab1 >/dev/null; S volume create lab2 >/dev/null
check_eq "filter by label" "lab1" "$(S volume ls -q --filter label=env=test --filter label=tier)"
check_eq "labels are shown" "map[env:test tier:db]" "$(S volume inspect -f '{{.Labels}}' lab1)"
check_eq "options are shown" "map[device:tmpfs o:size=1m,uid=1000 type:tmpfs]" "$(S volume inspect -f '{{.Options}}' tv)"
check_match "an unused one is dangling" "lab2" "$(S volume ls -q --filter dangling=1)"
check_match "one in use is not" "shared" "$(S volume ls -q --filter dangling=false)"
check_match "a filter's value is checked" "invalid filter 'dangling=\[maybe\]'" "$(S volume ls --filter dangling=maybe 2>&1)"
check_match "what is in use stays, and who uses it is said" "volume is in use - \[$(S inspect -f '{{.Id}}' owner)\]" "$(S volume rm shared 2>&1)"
check_rc "rm -f of one that is not there" 0 S volume rm -f nothere
anonymous=$(S volume create)
check_match "prune takes anonymous ones" "$anonymous" "$(S volume prune -f)"
check_eq "and leaves named ones" "lab2" "$(S volume ls -q --filter name=lab2)"
check_match "unless all; a label keeps one" "Total reclaimed" "$(S volume prune -af --filter label!=env)"
check_eq "only what the filter spared and what is used is left" "lab1" "$(S volume ls -q --filter name=lab)"
check_match "an old client's prune takes named ones" '"lab1"' "$(api POST '/v1.41/volumes/prune?filters=%7B%22label%22%3A%5B%22env%3Dtest%22%5D%7D')"
if have_docker; then
    check_eq "docker's client: create, use, remove" "dv hi dv" "$( (D volume create dv; D run --rm --network none -v dv:/d busybox sh -c 'echo hi >/d/f; cat /d/f'; D volume rm dv) | xargs)"
    check_eq "docker's client: --mount with everything" "rw" "$(D run --rm --network none --mount 'type=volume,source=mv,target=/m,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs' busybox sh -c 'touch /m/f && echo rw')"
    check_eq "its label and options" 'map[a:b] map[device:tmpfs type:tmpfs]' "$(D volume inspect -f '{{.Labels}} {{.Options}}' mv)"
fi
S rm -f owner >/dev/null
finish
