#!/bin/bash
# Volumes as a course uses them, and as an attacker would: backup and restore, directories in volumes that links and exchanges cannot
# leave, network volumes as far as they go without a server, who uses what, and the engine killed while it makes, fills and removes.
. "$(dirname "$0")/../lib.sh"
engine_start
V=$DATA/volumes
wait_for 20 S image inspect busybox
run() { S run --rm --network none "$@"; }
post() { api POST "$1" -H 'Content-Type: application/json' -d "$2" "${@:3}"; }

# --- backup and restore, as the course does it ---
S run --network none -v /data --name datastore busybox sh -c 'echo important >/data/file; mkdir /data/dir; ln -s file /data/dir/link; chown 12:34 /data/file; chmod 640 /data/file' >/dev/null
mkdir "$TMP/backup"
out=$(cd "$TMP/backup" && S run --rm --network none --volumes-from datastore -v "$(pwd)":/backup busybox tar cvf /backup/b.tar /data 2>&1)
check_match "backup: the archive names what is in the volume" 'data/dir/link' "$out"
check "and lies on the host" test -s "$TMP/backup/b.tar"
S run --network none -v /data --name restored busybox true
(cd "$TMP/backup" && S run --rm --network none --volumes-from restored -v "$(pwd)":/backup busybox sh -c 'cd / && tar xvf /backup/b.tar' >/dev/null 2>&1)
check_eq "restored into another container's volume, owners and modes too" "important 12:34 640 ../file" \
    "$(run --volumes-from restored:ro busybox sh -c 'echo $(cat /data/dir/../file) $(stat -c "%u:%g %a" /data/file) ../$(readlink /data/dir/link)')"
check_match "with :ro nothing can be written there" 'Read-only' "$(run --volumes-from restored:ro busybox touch /data/x 2>&1)"
check_eq "with :z it is as without SELinux" "important" "$(run --volumes-from restored:z busybox cat /data/file)"
volumes=$(S volume ls -q | wc -l)
S rm -v datastore restored >/dev/null
check_eq "rm -v takes their anonymous volumes" "$((volumes - 2))" "$(S volume ls -q | wc -l)"

# --- a directory of a volume ---
S volume create tree >/dev/null
run -v tree:/t busybox sh -c 'mkdir -p /t/a/b /t/c /t/empty; echo in-a >/t/a/f; echo in-b >/t/a/b/f; echo top >/t/f; ln -s a /t/inner; ln -s /a /t/absolute; ln -s ../../../../etc /t/etc; ln -s /etc /t/abs-etc; ln -s ../c /t/a/side'
sub() { local path=$1; shift; run --mount "type=volume,src=tree,dst=/x,volume-subpath=$path" "$@" 2>&1; }
check_eq "volume-subpath: that directory alone" "b f side" "$(sub a busybox ls /x | xargs)"
check_eq "deeper" "in-b" "$(sub a/b busybox cat /x/f)"
check_eq "a file" "top" "$(sub f busybox cat /x)"
check_eq "through a link that stays inside" "in-a" "$(sub inner busybox cat /x/f)"
check_eq "and one that goes up and down again" "" "$(sub a/side busybox ls /x)"
sub c busybox sh -c 'echo w >/x/written' >/dev/null
check_eq "what is written lands in the volume" "w" "$(cat "$V/tree/_data/c/written")"
check_match "with ro it is read-only" 'Read-only' "$(run --mount type=volume,src=tree,dst=/x,volume-subpath=c,ro busybox touch /x/y 2>&1)"
check_eq "cp reaches it in a container that does not run" "in-b" \
    "$(S create --name subcp --mount type=volume,src=tree,dst=/x,volume-subpath=a/b busybox true >/dev/null; S cp subcp:/x/f - | tar -xO)"
check_eq "--volumes-from takes it as it is" "f" "$(run --volumes-from subcp busybox ls /x)"
S rm subcp >/dev/null
check_eq "an empty directory is filled from the image, no other" "yes 2" "$(sub empty busybox true >/dev/null
    run --mount type=volume,src=tree,dst=/bin,volume-subpath=empty busybox true
    [ -e "$V/tree/_data/empty/busybox" ] && echo yes) $(run --mount type=volume,src=tree,dst=/etc,volume-subpath=a/b busybox ls /etc | grep -cE '^(f|hosts)$')"
check_eq "not with volume-nocopy" "" "$(mkdir "$V/tree/_data/none"; S create --name nc --mount type=volume,src=tree,dst=/bin,volume-subpath=none,volume-nocopy busybox true >/dev/null; ls "$V/tree/_data/none"; S rm nc >/dev/null)"
bad() { check_match "$1" "$3" "$(sub "$2" busybox ls /x)"; }
bad "a path that leads up" ../outside 'subpath must be a relative path within the volume'
bad "one that does later" a/../../x 'subpath must be a relative path within the volume'
bad "an absolute one" /a 'subpath must be a relative path within the volume'
bad "one that is not there" nothing 'cannot access path .*/tree/_data/nothing: no such file'
bad "a link out of the volume" etc 'cannot access path .*: it leads out of the volume'
bad "an absolute link" abs-etc 'cannot access path .*: it leads out of the volume'
check_match "an anonymous volume has none" 'must not set Subpath when using anonymous volumes' "$(run --mount type=volume,dst=/x,volume-subpath=a busybox true 2>&1)"
if have_docker; then
    check_eq "docker's client asks for it, too" "in-b" "$(D run --rm --network none --mount type=volume,src=tree,dst=/x,volume-subpath=a/b busybox cat /x/f)"
fi

# Somebody exchanges the directory for a link out, again and again, while containers start over it.
mkdir "$TMP/secret" && echo secret >"$TMP/secret/f"
run -v tree:/t busybox sh -c "mkdir /t/d1 && echo fine >/t/d1/f && ln -s $TMP/secret /t/d2 && ln -s ../../../../secret /t/d3"
cat >"$TMP/exchange.py" <<'PY'
import ctypes, sys
libc = ctypes.CDLL(None); d = sys.argv[1].encode()
while True:
    for other in (b"/d2", b"/d3"):
        for _ in range(50): libc.renameat2(-100, d + b"/d1", -100, d + other, 2)
PY
python3 "$TMP/exchange.py" "$V/tree/_data" & exchanger=$!
fine=0 refused=0 stolen=0
for _ in $(seq 25); do
    case $(sub d1 busybox cat /x/f) in *secret*) stolen=$((stolen + 1)) ;; fine) fine=$((fine + 1)) ;; *) refused=$((refused + 1)) ;; esac
done
kill "$exchanger"; wait "$exchanger" 2>/dev/null
check_eq "a directory that is exchanged for a link out never shows what is there ($fine started, $refused refused)" "0" "$stolen"

# --- binds: how deep, and how read-only ---
mkdir -p "$TMP/tree/sub" && mount -t tmpfs none "$TMP/tree/sub" && touch "$TMP/tree/sub/seen"
deep() { run --mount "type=bind,src=$TMP/tree,dst=/x,$1" busybox sh -c "$2" 2>&1; }
check_eq "bind-recursive=enabled" "seen" "$(deep bind-recursive=enabled 'ls /x/sub')"
check_eq "bind-recursive=disabled" "" "$(deep bind-recursive=disabled 'ls /x/sub')"
check_match "bind-recursive=writable: what lies below stays writable" "Read-only.*ok" "$(deep readonly,bind-recursive=writable 'exec 2>&1; touch /x/no; touch /x/sub/yes && echo ok' | xargs)"
check_eq "bind-recursive=readonly: all of it is read-only" "2" "$(deep readonly,bind-recursive=readonly,bind-propagation=rprivate 'touch /x/no; touch /x/sub/no' | grep -c Read-only)"
umount "$TMP/tree/sub"
check_rc "a volume on a file is refused" 125 run -v onfile:/etc/passwd busybox true
mkdir "$TMP/prop" && mount -t tmpfs none "$TMP/prop" && mount --make-shared "$TMP/prop" && mkdir "$TMP/prop/out" "$TMP/prop/in"
S run -d --network none --privileged --name slave --mount "type=bind,src=$TMP/prop,dst=/p,bind-propagation=rslave" busybox sleep 600 >/dev/null
mount -t tmpfs none "$TMP/prop/out" && touch "$TMP/prop/out/seen"; S exec slave mount -t tmpfs none /p/in
check_eq "bind-propagation=rslave: what the host mounts is seen inside, not the other way round" "seen 32" "$(S exec slave ls /p/out) $(mountpoint -q "$TMP/prop/in"; echo $?)"
S rm -f slave >/dev/null; umount "$TMP/prop/out" "$TMP/prop"
check_eq "every spelling of read-only" "5" "$(for ro in ro readonly ro=true readonly=1 readonly=T; do run --mount "type=bind,src=$TMP/tree,dst=/x,$ro" busybox touch /x/no 2>&1; done | grep -c Read-only)"
check_eq "and of not" "ok" "$(run --mount "type=bind,src=$TMP/tree,dst=/x,readonly=false,consistency=cached" busybox sh -c 'touch /x/yes && echo ok')"

# --- network volumes: names become addresses; what the kernel says is passed on, passwords are not ---
mountable() { grep -qw "$1" /proc/filesystems; }
S volume create --driver local -o type=nfs -o o=addr=localhost,rw,nolock,noatime -o device=:/export --label kind=nfs nfs >/dev/null
check_eq "an NFS volume is only mounted when it is used" '{"device":":/export","o":"addr=localhost,rw,nolock,noatime","type":"nfs"} map[kind:nfs]' "$(S volume inspect -f '{{json .Options}} {{.Labels}}' nfs)"
check_match "its server's name is made an address" "failed to mount local volume: mount :/export:$V/nfs/_data, flags: 0x400, data: addr=(127.0.0.1|::1),nolock: " "$(run -v nfs:/n busybox true 2>&1)"
S volume create -o type=nfs -o o=addr=no-such-host.invalid -o device=:/x lost >/dev/null
check_match "a name that is none" "error while mounting volume '.*/lost/_data': error resolving passed in network volume address: lookup no-such-host.invalid: " "$(run -v lost:/n busybox true 2>&1)"
S volume create -o type=cifs -o o=username=u,password=hunter2 -o device=//localhost/share share >/dev/null
refused=$(S create --name secretive -v share:/n busybox true 2>&1; S start secretive 2>&1)
check_match "cifs: the server of the device, and no password" "mount //(127.0.0.1|::1)/share:.*, data: username=u,password=\*{8}: " "$refused"
check_no_match "the password is nowhere" hunter2 "$refused $(S xray secretive steps)"
S rm secretive >/dev/null
if mountable nfs; then skip "the kernel has no NFS" "it has"; else check_match "what the kernel lacks is said" "no such device" "$(run -v nfs:/n busybox true 2>&1)"; fi
S volume create -o type=none -o o=bind -o "device=$TMP/backup" place >/dev/null
check_eq "a volume that is a directory of the host" "b.tar" "$(run -v place:/p busybox ls /p)"
check_eq "--mount makes one with all of it" "b.tar map[x:y] local" \
    "$(run --mount "type=volume,src=made,dst=/p,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=$TMP/backup,volume-label=x=y" busybox ls /p | xargs echo -n; S volume inspect -f ' {{.Labels}} {{.Driver}}' made)"
mkdir "$TMP/fresh"; S volume create -o type=none -o o=bind -o "device=$TMP/fresh" fresh >/dev/null
check_eq "one that is empty is filled from the image, and nothing else is in it" "$(run busybox ls -A /etc | grep -vE '^(hosts|hostname|resolv.conf)$' | xargs)" \
    "$(run -v fresh:/etc busybox true; ls -A "$TMP/fresh" | grep -vE '^(hosts|hostname|resolv.conf)$' | xargs)"
ln -s "$TMP/secret" "$TMP/fresh/.slipway-filled"; check "and is no reason not to start" run -v fresh:/etc busybox true
check_eq "a link that poses as what is half-filled is taken away, and what it leads to stays" "f" "$([ -e "$TMP/fresh/f" ] && echo stolen; ls "$TMP/secret")"
made=$(S volume inspect -f '{{.Name}}' made)
check_eq "what --mount made stays when the container goes" made "$made"

# --- lists, filters, who uses what ---
S volume create --label a=1 --label b=2 one >/dev/null; S volume create --label a=1 two >/dev/null
S run -d --network none --name user1 -v one:/o busybox sleep 600 >/dev/null; S create --name user2 -v one:/o busybox true >/dev/null
check_eq "filters: several labels, a part of the name, both" "one|one two|two" "$(S volume ls -q --filter label=a=1 --filter label=b | xargs)|$(S volume ls -q --filter label=a | xargs)|$(S volume ls -q --filter label=a=1 --filter name=tw | xargs)"
check_eq "filters: driver" "0" "$(S volume ls -q --filter driver=other | wc -l)"
check_eq "dangling or not" "two|one" "$(S volume ls -q --filter dangling=true --filter label=a | xargs)|$(S volume ls -q --filter dangling=false --filter label=a | xargs)"
check_eq "formats" "one a=1,b=2 1 local local $V/one/_data" "$(S volume ls --filter name=one --format '{{.Name}} {{.Labels}} {{.Label "a"}} {{.Driver}} {{.Scope}} {{.Mountpoint}}')"
check_eq "removing names each container" "Error response from daemon: remove one: volume is in use - [$(S inspect -f '{{.Id}}' user1) $(S inspect -f '{{.Id}}' user2)]" "$(S volume rm one 2>&1)"
check_eq "-f does not change that" 1 "$(S volume rm -f one >/dev/null 2>&1; echo $?)"
check_match "system df -v: links and size" '^one +2 +0B$' "$(S system df -v)"
check_eq "the API has them as UsageData" "2 0" "$(api GET /system/df | jq -r '.Volumes[] | select(.Name == "one") | .UsageData | "\(.RefCount) \(.Size)"')"
check_match "several at once: what can go goes" '^two$' "$(S volume rm two one nothing 2>/dev/null)"
S rm -f user1 user2 >/dev/null
check_match "events: made, mounted, unmounted, gone" "create mount unmount destroy" \
    "$(from=$(date +%s); S volume create seen >/dev/null; run -v seen:/s busybox true; S volume rm seen >/dev/null
       S events --since "$from" --until "$(($(date +%s) + 1))" --filter volume=seen --format '{{.Action}}' | uniq | xargs)"
S volume create --label keep=1 kept >/dev/null; anonymous=$(S volume create)
check_eq "prune: anonymous ones, by label" "$anonymous" "$(S volume prune -f --filter 'label!=keep' | grep -x "$anonymous")"
check_match "prune -a: named ones too" '^one$' "$(S volume prune -af --filter 'label!=keep')"
check_eq "but not what a filter keeps" "kept" "$(S volume ls -q --filter name=kept)"
check_match "a filter that volumes do not have" "[Ii]nvalid filter 'until'" "$(S volume prune -f --filter until=1h 2>&1)"

# --- killed while it makes, fills and removes: the old or the new ---
mkdir -p "$TMP/root/many" && tar -xf "$B/images/busybox.tar" -C "$TMP/root"
for i in $(seq 400); do echo "$i" >"$TMP/root/many/$i"; done
tar -cf "$TMP/many.tar" -C "$TMP/root" . && S import "$TMP/many.tar" many >/dev/null
torn=0
for round in $(seq 12); do
    S create --name other -v "t$round:/elsewhere:nocopy" busybox true >/dev/null # it is filled in place then, entry by entry
    { S create --name filler -v "t$round:/many" many true; S volume create "v$round"; S volume rm "v$round"; } >/dev/null 2>&1 & client=$!
    sleep "0.0$((round % 9 + 1))"; engine_kill9; wait "$client"; engine_start
    count=$(find "$V/t$round/_data" -type f 2>/dev/null | wc -l)
    [ "$count" = 0 ] || [ "$count" = 400 ] || { torn=$((torn + 1)); echo "# round $round: $count files"; }
    [ ! -e "$V/v$round" ] || S volume inspect "v$round" >/dev/null || torn=$((torn + 1))
    S rm -f filler other >/dev/null 2>&1; S volume rm -f "t$round" "v$round" >/dev/null 2>&1
    # A volume that is a directory of the host has nothing beside it: what is half lies in it, until it is mounted again.
    mkdir "$TMP/dev$round"; S volume create -o type=none -o o=bind -o "device=$TMP/dev$round" "d$round" >/dev/null
    S create --name filler -v "d$round:/many" many true >/dev/null 2>&1 & client=$!
    sleep "0.0$((round % 9 + 1))"; engine_kill9; wait "$client" 2>/dev/null; engine_start
    run -v "d$round:/x:nocopy" busybox true
    count=$(find "$TMP/dev$round" -type f | wc -l)
    [ "$count" = 0 ] || [ "$count" = 400 ] || { torn=$((torn + 1)); echo "# round $round, a directory of the host: $count files"; }
    S rm -f filler >/dev/null 2>&1
done
check_eq "whenever the engine is killed, a volume is empty or filled, there or not" 0 "$torn"
check_eq "and nothing half is left" "" "$(find "$V" "$TMP"/dev* -maxdepth 2 \( -name 'fill*' -o -name '.slipway-fill*' -o -name '.gone-*' \))"
finish
