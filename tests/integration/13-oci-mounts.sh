#!/bin/bash
# The runtime specification's section "Mounts" (config.md#mounts): every option by its name, every kind of mount, targets that are
# missing or lead astray, and what is refused with the reason.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"

jq 'del(.linux.seccomp)' "$TMP/base.json" >"$TMP/c" && mv "$TMP/c" "$TMP/base.json" # is not what this is about
LIST=()
# m DESTINATION TYPE SOURCE OPTION,...: one entry more for the next container; "with" is the filter that adds them, in order
m() { local o=${4//,/\",\"}; LIST+=("{\"destination\":\"$1\",${2:+\"type\":\"$2\",}\"source\":\"$3\",\"options\":[${o:+\"$o\"}]}"); }
with() { printf '.root.readonly = false | .mounts += [%s]' "$(IFS=,; echo "${LIST[*]}")"; }
# look COMMAND: what is seen with these entries is in $info
look() { info=$(seen "$(with)" "$1"); LIST=(); }
# flags MOUNTINFO PLACE: what is said of the mount at this place; system: of its file system; peers: of its propagation
flags() { awk -v d="$2" '$5 == d {f = $6} END {print f}' <<<"$1"; }
system() { awk -v d="$2" '$5 == d {f = $NF} END {print f}' <<<"$1"; }
peers() { awk -v d="$2" '$5 == d {f = ""; for (i = 7; $i != "-"; i++) f = f $i " "} END {print f}' <<<"$1"; }
entry() { m "$@"; echo "${LIST[-1]}"; LIST=(); }

mkdir -p "$TMP/bare" "$TMP/full" "$TMP/plain/below"
mount -t tmpfs -o mode=755 bare "$TMP/bare"; mkdir "$TMP/bare/sub"; mount -t tmpfs bare "$TMP/bare/sub"
FULL=nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
mount -t tmpfs full "$TMP/full"; mkdir "$TMP/full/sub"; mount -t tmpfs full "$TMP/full/sub"
mount -o "remount,bind,ro,$FULL" "$TMP/full/sub"; mount -o "remount,bind,ro,$FULL" "$TMP/full"
echo host >"$TMP/plain/file"

# --- linux mount options: the flags of one mount, and with "r" of all below ------------------------------------------------------
# option, on a source that has no flags or all of them, what is then to be seen, what not
rows='ro bare (^|,)ro(,|$) (^|,)rw(,|$)
rw full (^|,)rw(,|$) (^|,)ro(,|$)
nosuid bare nosuid none
suid full . nosuid
nodev bare nodev none
dev full . nodev
noexec bare noexec none
exec full . noexec
noatime bare noatime relatime
atime full relatime noatime
relatime full relatime noatime
norelatime bare . atime
strictatime bare . atime
nostrictatime full relatime noatime
nodiratime bare nodiratime none
diratime full . nodiratime
nosymfollow bare nosymfollow none
symfollow full . nosymfollow'
while read -r option source _; do
    m "/o/$option" bind "$TMP/$source" "rbind,$option"
    m "/o/r$option" bind "$TMP/$source" "rbind,r$option"
    m "/n/$option" tmpfs tmpfs "$option"
done <<<"$rows"
look 'cat /proc/self/mountinfo'
right() { grep -Eq -- "$2" <<<"$1" && ! grep -Eq -- "$3" <<<"$1"; }
while read -r option source good bad; do
    top=$(flags "$info" "/o/$option") sub=$(flags "$info" "/o/$option/sub") rtop=$(flags "$info" "/o/r$option") rsub=$(flags "$info" "/o/r$option/sub")
    check "option $option: of a bind mount ($top)" right "$top" "$good" "$bad"
    check_eq "option $option: not of what lies below" "$(flags "$(</proc/self/mountinfo)" "$TMP/$source/sub")" "$sub"
    check "option r$option: of both ($rtop; $rsub)" eval 'right "$rtop" "$good" "$bad" && right "$rsub" "$good" "$bad"'
    [ "$source" = full ] || check "option $option: of a new mount" right "$(flags "$info" "/n/$option")" "$good" "$bad"
done <<<"$rows"

# --- linux mount options: of the whole file system, and those that say how to mount ----------------------------------------------
for option in sync async dirsync lazytime nolazytime mand nomand silent loud iversion noiversion defaults; do m "/w/$option" tmpfs tmpfs "$option"; done
m /bare bind "$TMP/plain" bind,sync; m /last tmpfs tmpfs ro,noexec,rw,exec
m /again tmpfs tmpfs size=64k; m /again "" "" remount,size=128k,nosuid; m /abind bind "$TMP/plain" bind; m /abind bind "$TMP/plain" remount,bind,ro
look 'cat /proc/self/mountinfo; sleep 0; touch /abind/x 2>&1'
check_match "option sync" '(^|,)sync(,|$)' "$(system "$info" /w/sync)"
check_match "option dirsync" dirsync "$(system "$info" /w/dirsync)"
check_match "option lazytime" lazytime "$(system "$info" /w/lazytime)"
for option in async nolazytime nomand silent loud iversion noiversion defaults; do check_match "option $option: taken" '^rw' "$(system "$info" "/w/$option")"; done
check_match "of two that contradict each other the last counts" '^rw,relatime$' "$(flags "$info" /last)"
check_match "option remount: of the file system" 'size=128k' "$(system "$info" /again)"
check_match "option remount: of the mount" 'nosuid' "$(flags "$info" /again)"
check_eq "option remount: no second mount" 1 "$(awk '$5 == "/again"' <<<"$info" | wc -l)"
check_match "option remount, with bind" 'Read-only file system' "$info"
refused "option remount: of nothing" 'error mounting "tmpfs" to rootfs at "/etc": .*Invalid argument' ".mounts += [$(entry /etc tmpfs "" remount,ro)]"
refused "an option that nobody knows" "option \"flying\": mount tmpfs on /x: .*flying" ".mounts += [$(entry /x tmpfs tmpfs flying)]"
refused "a value that the file system refuses" 'option "size=big": mount tmpfs on /x.*' ".mounts += [$(entry /x tmpfs tmpfs size=big)]"
refused "a word on a bind mount that is no option" 'a bind mount has no option "rdonly"' ".mounts += [$(entry /x bind "$TMP/plain" bind,rdonly)]"
m /x bind "$TMP/plain" bind,size=1m,ro; look 'cat /x/file; grep " /x " /proc/self/mountinfo'
check_match "an option of a file system on a bind mount: a warning" 'warning.*mount on /x: \\"size=1m\\" does nothing on a bind mount' "$info"
check_match "an option of a file system on a bind mount: the mount is there, with the other options" '^host$' "$info"
check_match "an option of a file system on a bind mount: the others hold" ' /x ro,' "$info"
refused "options that are no text" 'mount on /x: options\[1\] is no text' '.mounts += [{destination:"/x",type:"tmpfs",options:["ro",7]}]'
refused "options that are no list" 'mount on /x: options is no list' '.mounts += [{destination:"/x",type:"tmpfs",options:"ro"}]'

known=$(R features | jq -r '.mountOptions[]')
for option in async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime \
    nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw \
    rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap; do grep -qx "$option" <<<"$known" || echo "$option"; done >"$TMP/unknown"
check_eq "features names every option of the specification" "" "$(cat "$TMP/unknown")"

# --- bind and rbind, files and directories, sources -------------------------------------------------------------------------------
mkfifo "$TMP/plain/fifo"; ln -s plain "$TMP/to-plain"; ln -s nowhere "$TMP/plain/dangling"; mkdir -p "$TMP/rel"
m /d bind "$TMP/bare" bind; m /r bind "$TMP/bare" rbind; m /t bind "$TMP/bare" ""; m /f/one bind "$TMP/plain/file" bind,ro; m /f/pipe bind "$TMP/plain/fifo" bind
m /through "" "$TMP/to-plain" bind; m /both bind "$TMP/bare" rbind,bind; m /relative none ../rel/x bind; m tmp/deprecated tmpfs tmpfs ro; m //many///slashes// tmpfs tmpfs ""
echo beside >"$TMP/rel/x"
look 'cat /proc/self/mountinfo; echo "<$(cat /f/one) $(cat /through/file) $(cat /relative)>"; touch /f/one 2>&1; [ -p /f/pipe ] && echo a pipe'
check_eq "bind: without what is mounted below" "" "$(flags "$info" /d/sub)"
for place in /r /t /both; do check_match "rbind: with it ($place)" rw "$(flags "$info" $place/sub)"; done
check_match "bind: a file, through a link on the host, from beside the bundle" '<host host beside>' "$info"
check_match "bind: a file read-only" '/f/one: Read-only' "$info"
check_match "bind: a pipe" 'a pipe' "$info"
check_match "destination: a relative one begins at /" '^ro' "$(flags "$info" /tmp/deprecated)"
check_match "destination: with slashes" '^rw' "$(flags "$info" /many/slashes)"
refused "source: missing" "error mounting \"/no/such\" to rootfs at \"/x\": .*No such file or directory" ".mounts += [$(entry /x bind /no/such bind)]"
refused "source: none" 'mount on /x: a bind mount needs a source' ".mounts += [$(entry /x bind "" bind)]"
refused "a file over a directory" 'mount a file onto a directory: not a directory' ".mounts += [$(entry /etc bind "$TMP/plain/file" bind)]"
refused "a directory over a file" 'mount a directory onto a file: not a directory' ".mounts += [$(entry /etc/passwd bind "$TMP/plain" bind)]"
refused "type: unknown" 'error mounting "x" to rootfs at "/x": mount dragonfs on /x: .*No such device' ".mounts += [$(entry /x dragonfs x "")]"
refused "type: none" 'mount on /x: neither a type nor "bind"' ".mounts += [$(entry /x "" x ro)]"
refused "destination: none" 'mounts\[[0-9]+\]: no destination' ".mounts += [$(entry "" tmpfs x ro)]"

# --- links, of the source and of the destination ----------------------------------------------------------------------------------
ln -s point-to-nowhere "$TMP/rootfs/link"; ln -sf /etc/other "$TMP/rootfs/etc/hosts"; ln -s /jump/there "$TMP/rootfs/jumps"; ln -s deep/er "$TMP/rootfs/jump"
ln -s loop2 "$TMP/rootfs/loop1"; ln -s loop1 "$TMP/rootfs/loop2"; ln -s ../../../../../../../.. "$TMP/rootfs/up"; mkdir "$TMP/outside"; ln -s "$TMP/outside" "$TMP/rootfs/out"
m /link bind "$TMP/plain/dangling" bind,src-nofollow,dest-nofollow; m /a/copy bind "$TMP/plain/dangling" rbind,copy-symlink; m /a/plain bind "$TMP/plain" rbind,copy-symlink
m /etc/hosts bind "$TMP/plain/file" bind; m /jumps bind "$TMP/plain" bind; m "/up$TMP/outside/in" tmpfs tmpfs ""; m /out/evil tmpfs tmpfs ""
look 'readlink /link; readlink /a/copy; cat /a/plain/file /etc/other /deep/er/there/file; cat /proc/self/mountinfo; ls -A /point-to-nowhere 2>&1'
check_eq "options src-nofollow, dest-nofollow: a link over a link; copy-symlink: a link made anew" "nowhere nowhere" "$(head -2 <<<"$info" | xargs)"
check_eq "option copy-symlink: what is no link is bound; destinations behind links that dangle are made" 3 "$(grep -c '^host$' <<<"$info")"
check_match "a way out of the root stays inside" '^rw' "$(flags "$info" "$TMP/outside/in")"
check_eq "and makes nothing outside" "" "$(ls -A "$TMP/outside")"
check_match "option dest-nofollow: where the link leads there is nothing" 'No such file' "$info"
m /link bind "$TMP/plain/file" bind,dest-nofollow
look 'cat /link'; check_eq "option dest-nofollow: a file over a link" host "$info"
refused "destination: a loop of links" 'error mounting "tmpfs" to rootfs at "/loop1/x": .*Too many levels of symbolic links' ".mounts += [$(entry /loop1/x tmpfs tmpfs "")]"
refused "destination: below a file" 'error mounting "tmpfs" to rootfs at "/etc/passwd/x": .*Not a directory' ".mounts += [$(entry /etc/passwd/x tmpfs tmpfs "")]"
refused "option copy-symlink: another link is there" 'make the link /link to nowhere: File exists' ".mounts += [$(entry /link bind "$TMP/plain/dangling" bind,copy-symlink)]"
rm "$TMP/rootfs/etc/hosts"
mkdir "$TMP/rootfs/setgid"; chmod 7755 "$TMP/rootfs/setgid"; m /setgid/a/b tmpfs tmpfs ""; look true
check_eq "what is made for a destination has mode 0755, and setgid where that is handed on" "2755 2755" "$(stat -c %a "$TMP/rootfs/setgid/a" "$TMP/rootfs/setgid/a/b" | xargs)"
for place in proc sys; do
    mv "$TMP/rootfs/$place" "$TMP/rootfs/real"; ln -s real "$TMP/rootfs/$place"
    refused "/$place of the root is a link" 'must be mounted on ordinary directory' .
    rm "$TMP/rootfs/$place"; mv "$TMP/rootfs/real" "$TMP/rootfs/$place"
done
refused "nothing is mounted inside /proc" '"/proc/1/attr" cannot be mounted because it is inside /proc' ".mounts += [$(entry /proc/1/attr tmpfs tmpfs "")]"
refused "and no link there is covered" '"/proc/self" cannot be mounted because it is inside /proc' ".mounts += [$(entry /proc/self bind "$TMP/plain/dangling" bind,src-nofollow,dest-nofollow)]"
m /proc/meminfo bind "$TMP/plain/file" bind,ro
look 'cat /proc/meminfo'; check_eq "but the figures that lxcfs gives" host "$info"

# --- order ------------------------------------------------------------------------------------------------------------------------
m /order tmpfs first ""; m /order/below tmpfs tmpfs ""; m /order tmpfs second ""; m /ro tmpfs tmpfs ro; m /ro/inner bind "$TMP/plain" bind
look 'cat /proc/self/mountinfo; ls -A /order; touch /ro/x 2>&1; cat /ro/inner/file'
check_match "of two on one target the last is seen, and hides what was in the first" ' - tmpfs second' "$(awk '$5 == "/order"' <<<"$info" | tail -1)"
check_no_match "mounts are made in the listed order" '^below$' "$info"
check_match "into a read-only tmpfs can be mounted" '^host$' "$info"
check_match "and it is read-only then" '/ro/x: Read-only' "$info"
mkdir -p "$TMP/other/"{bin,proc,sys,dev}; cp -a "$TMP/rootfs/bin" "$TMP/other/"
LIST=("$(entry / bind "$TMP/other" rbind)"); echo other >"$TMP/other/which"
check_match "a mount over / is the root" "^other .*/other$" "$(seen ".root.readonly = false | .mounts = [${LIST[0]}] + .mounts" 'echo $(cat /which) $(awk "\$5 == \"/\" {print \$4}" /proc/self/mountinfo)')"; LIST=()

# --- tmpfs ------------------------------------------------------------------------------------------------------------------------
mkdir -m 710 "$TMP/rootfs/private"; mkdir -p "$TMP/rootfs/full/dir"; chmod 777 "$TMP/rootfs/full/dir"; echo kept >"$TMP/rootfs/full/file"; ln -s file "$TMP/rootfs/full/link"; chown 7:8 "$TMP/rootfs/full/file"
m /private tmpfs tmpfs size=64k; m /new tmpfs tmpfs size=1m,nr_inodes=9; m /moded/x tmpfs tmpfs mode=1500; m /full tmpfs tmpfs tmpcopyup,ro
look 'cat /proc/self/mountinfo; echo "<$(stat -c %a /private /new /moded/x | xargs)>"; cd /full; echo "<$(cat link) $(readlink link) $(stat -c %u:%g file) $(stat -c %a dir)>"; touch x 2>&1'
check_match "tmpfs: mode of the directory below it, else the kernel's, else its own" '<710 1777 1500>' "$info"
check_match "tmpfs: size" 'size=64k' "$(system "$info" /private)"
check_match "tmpfs: nr_inodes" 'size=1024k,nr_inodes=9' "$(system "$info" /new)"
check_match "option tmpcopyup: content, links, owners, modes" '<kept file 7:8 777>' "$info"
check_match "option tmpcopyup: read-only afterwards" 'x: Read-only' "$info"
refused "option tmpcopyup: of another type" '"tmpcopyup" is for a tmpfs' ".mounts += [$(entry /x proc proc tmpcopyup)]"
refused "option tmpcopyup: of the root" '"tmpcopyup" is not possible for the root' ".mounts = [$(entry / tmpfs tmpfs tmpcopyup)]"

# --- the other types --------------------------------------------------------------------------------------------------------------
long=$TMP/$(printf 'l%.0s' $(seq 120)); mkdir -p "$TMP/upper" "$TMP/work" "$long"/{1,2,3}; for i in 1 2 3; do echo "$i" >"$long/$i/$i"; echo "$i" >"$long/$i/which"; done
m /ov overlay overlay "lowerdir=$long/1:$long/2:$long/3,upperdir=$TMP/upper,workdir=$TMP/work"
m /ramfs ramfs ramfs mode=700; m /pts2 devpts devpts newinstance,ptmxmode=0666,mode=0600
look 'cat /proc/self/mountinfo; echo "<$(cat /ov/1 /ov/2 /ov/3 /ov/which | xargs)>"; echo new >/ov/made; ls /dev/mqueue >/dev/null && ls /sys/kernel >/dev/null && echo fine'
check_match "overlay: with layers of long names" '<1 2 3 1>' "$info"
check_eq "overlay: writes to its upper layer" new "$(cat "$TMP/upper/made" 2>&1)"
check_match "any type of the kernel, with its options" ' /ramfs .* - ramfs ramfs rw,mode=700' "$info"
check_match "devpts: with its options" 'mode=600,ptmxmode=666' "$(system "$info" /pts2)"
check_match "devpts: the terminals' group" 'gid=5,mode=620,ptmxmode=666' "$(system "$info" /dev/pts)"
check_match "proc" ' /proc .* - proc proc rw' "$info"; check_match "sysfs" ' /sys ro,.* - sysfs sysfs' "$info"; check_match "mqueue" ' /dev/mqueue rw,.* - mqueue' "$info"
check_match "and they can be read" '^fine$' "$info"
if [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]; then
    m /huge hugetlbfs hugetlbfs pagesize=2M,size=4M; look 'cat /proc/self/mountinfo'; check_match "hugetlbfs: with the size of its pages" 'pagesize=2M,size=4' "$(system "$info" /huge)"
else skip "hugetlbfs" "this kernel has no huge pages"; fi

# --- propagation ------------------------------------------------------------------------------------------------------------------
mkdir "$TMP/peer"; mount -t tmpfs peer "$TMP/peer"; mount --make-shared "$TMP/peer"; mkdir "$TMP/peer/"{sub,later,inner}; mount -t tmpfs peer "$TMP/peer/sub"
host=$(peers "$(</proc/self/mountinfo)" "$TMP/peer") below=$(peers "$(</proc/self/mountinfo)" "$TMP/peer/sub")
for kind in private slave shared unbindable; do for r in "" r; do m "/p/$r$kind" bind "$TMP/peer" "rbind,$r$kind"; done; done; m /p/default bind "$TMP/peer" rbind
look 'cat /proc/self/mountinfo'
check_eq "without an option a bind mount is private" "" "$(peers "$info" /p/default)$(peers "$info" /p/default/sub)"
check_eq "option private" "" "$(peers "$info" /p/private)"
check_eq "option rprivate" "" "$(peers "$info" /p/rprivate)$(peers "$info" /p/rprivate/sub)"
check_eq "option slave" "master:${host#shared:}" "$(peers "$info" /p/slave)"
check_eq "option rslave" "master:${host#shared:}master:${below#shared:}" "$(peers "$info" /p/rslave)$(peers "$info" /p/rslave/sub)"
for kind in slave private unbindable; do check_eq "option $kind: what lies below hears of the host's mounts, and tells nothing" "master:${below#shared:}" "$(peers "$info" "/p/$kind/sub")"; done
check_eq "option shared: the host's peer" "$host" "$(peers "$info" /p/shared)"
check_eq "option rshared" "$host$below" "$(peers "$info" /p/rshared)$(peers "$info" /p/rshared/sub)"
check_eq "option unbindable" "unbindable " "$(peers "$info" /p/unbindable)"
check_eq "option runbindable" "unbindable unbindable " "$(peers "$info" /p/runbindable)$(peers "$info" /p/runbindable/sub)"
check_eq "nothing of a container's mounts is seen on the host" "" "$(grep "$TMP/rootfs" /proc/self/mountinfo)"
m /s bind "$TMP/peer" rbind,rslave; m /h bind "$TMP/peer" rbind,rshared; m /p bind "$TMP/peer" rbind
bundle alive "$(with) | .process.capabilities |= map_values(. + [\"CAP_SYS_ADMIN\"])" 'mount -t tmpfs mine /h/inner && echo ready; while :; do sleep 1; done' && LIST=()
background alive alive; wait_for 5 grep -q ready "$TMP/alive.out"
mount -t tmpfs later "$TMP/peer/later"
check_match "rslave: what the host mounts later is seen inside; rprivate: not" '^/h/later /s/later$' "$(R exec alive awk '$5 ~ /later/ {print $5}' /proc/self/mountinfo | sort | xargs)"
check_match "rshared: what the container mounts is seen on the host" ' - tmpfs mine' "$(grep "$TMP/peer/inner" /proc/self/mountinfo)"
R delete -f alive
umount -l "$TMP/peer/inner" "$TMP/peer/later"

# --- uidMappings, gidMappings, idmap, ridmap --------------------------------------------------------------------------------------
BASE=$((0x10000000 + 65536 * 78)) NOWHERE=65534
cp -a "$TMP/rootfs" "$TMP/userroot"; chown -R $BASE:$BASE "$TMP/userroot"
USERNS=".root.path = \"$TMP/userroot\" | .linux.namespaces += [{type:\"user\"}] | .linux.uidMappings = [{containerID:0,hostID:$BASE,size:65536}] | .linux.gidMappings = .linux.uidMappings"
userns() { info=$(seen "$(with) | $USERNS${2:+ | $2}" "$1"); LIST=(); }
maps='"uidMappings":[{"containerID":0,"hostID":1000,"size":50},{"containerID":100,"hostID":7100,"size":1}],"gidMappings":[{"containerID":0,"hostID":2000,"size":50},{"containerID":210,"hostID":8210,"size":5}]'
mkdir -p "$TMP/ids"
if [ "$(printf '%s\n' 6.3 "$(uname -r)" | sort -V | head -1)" = 6.3 ]; then # before, a tmpfs takes no idmapped mounts
    mkdir -p "$TMP/ids/sub"; touch "$TMP/ids/root" "$TMP/ids/other"; chown 100:211 "$TMP/ids/other"; mount -t tmpfs -o mode=777 ids "$TMP/ids/sub"; touch "$TMP/ids/sub/root"
    mapped() { echo "{\"destination\":\"$1\",\"type\":\"bind\",\"source\":\"$TMP/ids\",\"options\":$2,$maps}"; }
    LIST=("$(mapped /i '["rbind"]')" "$(mapped /o '["rbind","idmap"]')" "$(mapped /r '["rbind","ridmap"]')"); m /u bind "$TMP/ids" rbind
    owners='for d in i o r u; do echo "$d $(stat -c %u:%g /$d/root /$d/other /$d/sub/root | xargs)"; done; cat /proc/self/mountinfo'
    look "$owners"
    check_match "mappings of a mount: owners are those of the map; idmap is not needed" '^i 1000:2000 7100:8211 0:0$' "$info"
    check_match "option idmap: not what lies below" '^o 1000:2000 7100:8211 0:0$' "$info"
    check_match "option ridmap: that too" '^r 1000:2000 7100:8211 1000:2000$' "$info"
    check_match "no other mount of the same" '^u 0:0 100:211 0:0$' "$info"
    check_match "the kernel says that they are idmapped" 'idmapped' "$(flags "$info" /r/sub)"
    LIST=("$(mapped /i '["bind"]')"); look 'touch /i/new 2>&1'; check_match "who is not in the map writes nothing there" 'Value too large' "$info"
    m /c bind "$TMP/ids" "rbind,idmap=uids=0-1000-50#100-7100-1;gids=0-2000-50#210-8210-5"; m /cr bind "$TMP/ids" "rbind,ridmap=uids=0-3-1;gids=0-4-1"; look "${owners//i o r u/c cr}"
    check_match "option idmap=uids=...;gids=..., as crun has it" '^c 1000:2000 7100:8211 0:0$' "$info"
    check_match "option ridmap=uids=...;gids=..." '^cr 3:4 65534:65534 3:4$' "$info"
    refused "option idmap=: of another form" 'is not of the form idmap=uids=FROM-TO-SIZE' ".mounts += [$(entry /x bind "$TMP/ids" "bind,idmap=uids=0-1;gids=0-1-1")]"
    # The same in a user namespace, whose map the mount's follow when it has none of its own.
    m /i bind "$TMP/ids" rbind,idmap; m /r bind "$TMP/ids" rbind,ridmap; m /u bind "$TMP/ids" rbind; m /at bind "$TMP/ids" "rbind,idmap=uids=@0-33-1;gids=@0-44-1"; maps=${maps//7100/$((BASE + 71))}; LIST+=("$(mapped /o '["rbind","idmap"]')")
    userns "${owners//i o r u/i o r u at}; touch /i/made && stat -c %u:%g /i/made"
    check_match "option idmap in a user namespace: its own map" "^i 0:0 100:211 $NOWHERE:$NOWHERE$" "$info"
    check_match "option ridmap in a user namespace" '^r 0:0 100:211 0:0$' "$info"
    check_match "without it they belong to nobody" "^u $NOWHERE:$NOWHERE $NOWHERE:$NOWHERE $NOWHERE:$NOWHERE$" "$info"
    check_match "option idmap=uids=@...: of the container's ids" '^at 33:44 ' "$info"
    check_match "an own mapping is of the host's ids" "^o $NOWHERE:$NOWHERE 71:$NOWHERE" "$info"
    check_eq "what is made there is the host's" "0:0" "$(stat -c %u:%g "$TMP/ids/made")"
else skip "mappings of mounts" "this kernel maps no owners of a tmpfs"; fi
refused "option idmap: neither mappings nor a user namespace" 'idmap without uidMappings and gidMappings needs a user namespace' ".mounts += [$(entry /x bind "$TMP/ids" bind,idmap)]"
refused "option idmap: not of a bind mount" 'id-mapped mounts are only possible for bind mounts' ".mounts += [$(entry /x tmpfs tmpfs idmap | sed "s/}\$/,$maps}/")]"
refused "uidMappings without gidMappings" 'uidMappings and gidMappings are needed together' '.mounts += [{destination:"/x",type:"bind",source:"/etc",options:["bind"],uidMappings:[{containerID:0,hostID:1,size:1}]}]'
refused "mappings that are none" 'uidMappings\[0\] needs containerID, hostID and size' '.mounts += [{destination:"/x",type:"bind",source:"/etc",options:["bind"],uidMappings:[{size:-1}],gidMappings:[{}]}]'
refused "a file system that takes no idmapped mounts" 'map the owners of /proc .*takes no idmapped mounts' ".mounts += [$(entry /x bind /proc bind | sed "s/}\$/,$maps}/")]"

# --- what a user namespace may not mount anew -------------------------------------------------------------------------------------
mount -t mqueue mqueue /dev/mqueue 2>/dev/null || { mkdir -p /dev/mqueue && mount -t mqueue mqueue /dev/mqueue; } 2>/dev/null
userns 'cat /proc/self/mountinfo; ls /sys/class/net' '.linux.namespaces |= map(select(.type != "network" and .type != "ipc"))'
check_match "sysfs of the host's network namespace: the host's, bound" ' / /sys ro,.* - sysfs' "$info"
check_match "read-only as asked for, to the bottom" '^ro' "$(awk '$5 ~ "^/sys/" {print $6}' <<<"$info" | grep -v ^ro | head -1; echo ro)"
check_match "mqueue of the host's ipc namespace: likewise" ' /dev/mqueue .* - mqueue' "$info"
userns 'cat /proc/self/mountinfo; [ -d /proc/self/task ] && echo there' '.linux.namespaces |= map(select(.type != "pid"))'
check_match "proc of the host's pid namespace: likewise" '^there$' "$info"
userns 'cat /proc/self/mountinfo' '.linux.gidMappings[0].size = 5'
check_match "devpts without a group for terminals" 'devpts rw,mode=620' "$info"

# --- each act is a step -----------------------------------------------------------------------------------------------------------
rm -rf "$TMP/rootfs/steps"
m /steps/up tmpfs tmpfs tmpcopyup; m /steps/file bind "$TMP/plain/file" bind,ro; m /steps/link bind "$TMP/plain/dangling" bind,copy-symlink; m /steps/up tmpfs "" remount,nosuid; m /steps/ro tmpfs tmpfs ro
bundle steps "$(with) | .linux.rootfsPropagation = \"shared\" | .linux.maskedPaths = [\"/proc/keys\"] | .linux.readonlyPaths = [\"/proc/sys\"]" true; LIST=(); steps=$(R --debug run -b "$TMP/steps" steps 2>&1)
while read -r step; do check_match "a step: $step" " $step\$" "$steps"; done <<STEPS
mkdir -p /steps/up
cp -a /steps/up/. TMPFS
mount -t tmpfs -o tmpcopyup tmpfs /steps/up
install -D /dev/null /steps/file
mount --bind -o bind,ro $TMP/plain/file /steps/file
ln -s nowhere /steps/link
mount -o remount,nosuid /steps/up
mount -o remount,bind,ro /steps/ro
mknod -m 666 /dev/null c 1 3
mount --rbind -o ro /proc/sys /proc/sys
mount --bind /dev/null /proc/keys
mount --make-shared /
STEPS

# --- mounts add, mounts remove: while it runs ------------------------------------------------------------------------------------
file() { echo "[$(IFS=,; echo "${LIST[*]}")]" >"$TMP/list.json"; LIST=(); }
for where in plain userns; do
    [ $where = plain ] && how="$(with)" || how=$USERNS
    bundle "live-$where" "$how | .root.readonly = false | .linux.cgroupsPath = \"/$GROUP/$where\"" 'sleep 3000'; background "live-$where" "live-$where"
    m /live/dir bind "$TMP/plain" bind,ro; m /live/tmp tmpfs tmpfs size=64k,ro; m /live/tmp/in bind "$TMP/plain" bind; m /live/file bind "$TMP/plain/file" bind; m /live/mq mqueue mqueue ""; m /live/proc proc proc ""; file
    check_eq "mounts add ($where)" "" "$(R mounts add "live-$where" "$TMP/list.json" 2>&1)"
    info=$(R exec "live-$where" sh -c 'touch /dev/mqueue/queue; ls /live/mq; cat /live/dir/file /live/file /live/tmp/in/file; touch /live/dir/x /live/tmp/x 2>&1; cat /live/proc/1/cmdline | tr "\0" " "; echo; cat /proc/self/mountinfo')
    check_eq "mounts add ($where): directories, files, one in another" 3 "$(grep -c '^host$' <<<"$info")"
    check_eq "mounts add ($where): read-only" 2 "$(grep -c 'x: Read-only' <<<"$info")"
    check_match "mounts add ($where): with their options" 'size=64k' "$(system "$info" /live/tmp)"
    check_match "mounts add ($where): a procfs shows the container's own processes" '^sh -c sleep 3000|^sleep 3000' "$info"
    check_match "mounts add ($where): message queues are the container's" '^queue$' "$info"
    check_eq "mounts remove ($where)" "" "$(R mounts remove "live-$where" "$TMP/list.json" 2>&1)"
    check_eq "mounts remove ($where): they are gone" "" "$(R exec "live-$where" grep live /proc/self/mountinfo)"
    check_match "mounts remove ($where): what is not there" 'unmount /live/proc: Invalid argument' "$(R mounts remove "live-$where" "$TMP/list.json" 2>&1)"
done
if mountpoint -q "$TMP/ids/sub"; then
    m /live/i bind "$TMP/ids" rbind,idmap; m /live/r bind "$TMP/ids" rbind,ridmap; file
    check_eq "mounts add: idmap and ridmap, in a user namespace" "" "$(R mounts add live-userns "$TMP/list.json" 2>&1)"
    check_eq "mounts add: its own map" "0:0 100:211 $NOWHERE:$NOWHERE 0:0" "$(R exec live-userns stat -c %u:%g /live/i/root /live/i/other /live/i/sub/root /live/r/sub/root | xargs)"
fi
m /x bind /no/such bind; file; check_match "mounts add: a source that is missing" 'error mounting "/no/such" to rootfs at "/x": .*No such file' "$(R mounts add live-plain "$TMP/list.json" 2>&1)"
m /proc/1/ns tmpfs x ""; file; check_match "mounts add: not inside /proc" 'cannot be mounted because it is inside /proc' "$(R mounts add live-plain "$TMP/list.json" 2>&1)"
check_match "mounts: another word" '"swap" is neither add nor remove' "$(R mounts swap live-plain "$TMP/list.json" 2>&1)"
echo '{}' >"$TMP/none.json"; check_match "mounts: a file of another kind" 'neither a list of mounts nor an object with one' "$(R mounts add live-plain "$TMP/none.json" 2>&1)"
R kill live-plain KILL; wait_for 10 is live-plain stopped
check_match "mounts: of a container that is not running" 'cannot mount in container "live-plain": it is stopped' "$(R mounts add live-plain "$TMP/list.json" 2>&1)"
R delete -f live-plain; R delete -f live-userns

# --- mountLabel -------------------------------------------------------------------------------------------------------------------
[ -e /sys/fs/selinux/enforce ] || { out=$(seen '.linux.mountLabel = "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811"' 'grep " /dev " /proc/self/mountinfo')
    check_match "mountLabel: without SELinux it does nothing, with a warning" 'warning.*linux.mountLabel .*s0:c715,c811.* does nothing: selinux is disabled or not supported' "$out"
    check_match "mountLabel: without SELinux the mounts are there, unlabelled" ' /dev .*size=65536k' "$(grep -v context= <<<"$out")"; }
check_eq "failures leave nothing" "" "$(groups_left c; R list -q)"
finish
