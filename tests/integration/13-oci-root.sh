#!/bin/bash
# The runtime specification's sections "Root" (config.md#root), "Rootfs Mount Propagation", "Masked Paths", "Readonly Paths", "Devices",
# "Default Devices", "Dev symbolic links" and what is seen of control groups (config-linux.md, runtime-linux.md).
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"
jq 'del(.linux.seccomp)' "$TMP/base.json" >"$TMP/c" && mv "$TMP/c" "$TMP/base.json" # is not what this is about
flags() { awk -v d="$2" '$5 == d {f = $6} END {print f}' <<<"$1"; }
peers() { awk -v d="$2" '$5 == d {f = ""; for (i = 7; $i != "-"; i++) f = f $i " "} END {print f}' <<<"$1"; }
W='.root.readonly = false'
BASE=$((0x10000000 + 65536 * 79))
cp -a "$TMP/rootfs" "$TMP/userroot"; chown -R $BASE:$BASE "$TMP/userroot"
USERNS=".root.path = \"$TMP/userroot\" | .linux.namespaces += [{type:\"user\"}] | .linux.uidMappings = [{containerID:0,hostID:$BASE,size:65536}] | .linux.gidMappings = .linux.uidMappings"

# --- root -------------------------------------------------------------------------------------------------------------------------
info=$(seen '.root.readonly = true | .mounts += [{destination:"/w",type:"tmpfs",source:"tmpfs"}]' 'touch /x 2>&1; touch /w/x && echo written; cat /proc/self/mountinfo')
check_match "root.readonly" '^touch: /x: Read-only' "$info"
check_match "root.readonly: what is mounted below is not" '^written$' "$info"
check_eq "root.readonly: false, and nothing said" "fine fine" "$(seen "$W" 'touch /x && echo fine') $(seen 'del(.root.readonly)' 'rm /x && echo fine')"
mkdir "$TMP/relative"; ln -s ../rootfs "$TMP/relative/rootfs"; bundle relative '.root.path = "rootfs"' 'echo here'
check_eq "root.path: relative to the bundle" here "$(R run -b "$TMP/relative" rel 2>&1)"
refused "root.path: missing" 'invalid rootfs: bind /no/such/root on /: No such file or directory' '.root.path = "/no/such/root"'
refused "root.path: a file" 'invalid rootfs: /etc/passwd is not a directory' '.root.path = "/etc/passwd"'
refused "root.path: not there" 'root.path is missing' 'del(.root.path)'
check_match "root.path: the host's own root, read-only" "^$(uname -n) ro$" "$(seen '.root.path = "/" | .mounts = [.mounts[] | select(.destination == "/proc")] | .linux.maskedPaths = [] | .linux.readonlyPaths = []' "touch /x 2>/dev/null || echo $(uname -n) ro")"
mkdir -p "$TMP/empty/bin"; cp "$TMP/rootfs/bin/busybox" "$TMP/empty/bin"; ln -s busybox "$TMP/empty/bin/sh"
check_eq "a root without any directory for mounts: they are made" "dev proc sys c" "$(seen ".root.path = \"$TMP/empty\" | $W" 'echo $(busybox ls -d /dev /proc /sys | busybox tr -d /) $(busybox stat -c %F /dev/null | busybox cut -c1)')"
mkdir "$TMP/shared"; mount -t tmpfs shared "$TMP/shared"; mount --make-shared "$TMP/shared"; cp -a "$TMP/rootfs" "$TMP/shared/root"; before=$(</proc/self/mountinfo)
for propagation in private shared slave; do
    check_eq "a root on a shared mount ($propagation): it runs" fine "$(seen ".root.path = \"$TMP/shared/root\" | .linux.rootfsPropagation = \"$propagation\"" 'echo fine')"
done
check_eq "and nothing that is mounted in it is seen on the host" "$before" "$(</proc/self/mountinfo)"
check_eq "--no-pivot: moved instead" "fine sh" "$(bundle nopivot "$W" 'touch /y && rm /y && echo fine $(cat /proc/1/comm)'; R run --no-pivot -b "$TMP/nopivot" nopivot 2>&1)"
# Nothing of the host's tree is left in the container's mount namespace, whatever was mounted to make it.
mkdir -m 700 "$TMP/hidden"; cp -a "$TMP/userroot" "$TMP/hidden/root"
for kind in plain userns hidden over; do
    case $kind in plain) how=.;; userns) how=$USERNS;; hidden) how="${USERNS//userroot/hidden/root}" ;; over) how=".mounts = [{destination:\"/\",type:\"bind\",source:\"$TMP/rootfs\"}] + .mounts";; esac
    bundle "left-$kind" "$how" 'sleep 3000'; background "left-$kind" "left-$kind"; pid=$(R state "left-$kind" | jq .pid)
    check_match "what is entered later is the container's root ($kind)" '^bin dev etc proc root sys tmp( w)?$' "$(R exec "left-$kind" ls / | xargs)"
    check_match "and what the mount namespace begins with ($kind)" '^bin dev etc proc root sys tmp( w)?$' "$(nsenter -m -t "$pid" ls / | xargs)"
    check_eq "with all that lay below it ($kind)" "" "$(awk '{print $4}' "/proc/$pid/mountinfo" | grep -x "/home\|/usr"; nsenter -m -t "$pid" /bin/busybox ls "$TMP" 2>/dev/null)"
    R delete -f "left-$kind"
done

# --- rootfs mount propagation -----------------------------------------------------------------------------------------------------
host=$(peers "$before" "$TMP/shared")
for value in private rprivate slave rslave shared rshared unbindable runbindable; do
    info=$(seen ".root.path = \"$TMP/shared/root\" | .linux.rootfsPropagation = \"$value\"" 'cat /proc/self/mountinfo') root=$(peers "$info" /) proc=$(peers "$info" /proc)
    case $value in
    *private) check_eq "rootfsPropagation $value" "" "$root$proc" ;;
    *slave) check_eq "rootfsPropagation $value: it hears of the host's mounts" "master:${host#shared:}" "$root" ;;
    shared) check_match "rootfsPropagation $value: a group of its own, the root's" '^shared:[0-9]+ $' "$root$proc"; check "and not the host's" test "$host" != "$root" ;;
    rshared) check_match "rootfsPropagation $value: and of all below" '^shared:[0-9]+ shared:[0-9]+ $' "$root$proc" ;;
    unbindable) check_eq "rootfsPropagation $value" "unbindable " "$root$proc" ;;
    runbindable) check_eq "rootfsPropagation $value: and all below" "unbindable unbindable " "$root$proc" ;;
    esac
done
bundle slave ".root.path = \"$TMP/shared/root\" | .linux.rootfsPropagation = \"slave\"" 'sleep 3000'; mkdir "$TMP/shared/root/later"
background slave slave; mount -t tmpfs later "$TMP/shared/root/later"
check_match "slave: what the host mounts there later is seen inside" ' /later .* - tmpfs later' "$(R exec slave cat /proc/self/mountinfo)"
umount "$TMP/shared/root/later"; R delete -f slave
refused "rootfsPropagation: another word" 'linux.rootfsPropagation=loud is not supported' '.linux.rootfsPropagation = "loud"'

# --- masked paths -----------------------------------------------------------------------------------------------------------------
mkdir -p "$TMP/rootfs/secret/deep" "$TMP/rootfs/other" "$TMP/rootfs/keep"; echo hidden >"$TMP/rootfs/secret/deep/file"; echo hidden >"$TMP/rootfs/file"; ln -s file "$TMP/rootfs/name"
info=$(seen "$W | .linux.maskedPaths += [\"/secret\",\"/secret/deep\",\"/other\",\"/file\",\"/name\",\"/secret\",\"/file\",\"/no/such\",\"/etc/passwd/x\",\"/w\"] | .mounts += [{destination:\"/w\",type:\"tmpfs\",source:\"tmpfs\"}]
    | .process.capabilities |= map_values(. + [\"CAP_SYS_ADMIN\"])" 'cat /proc/self/mountinfo; echo "<$(ls -A /secret)$(cat /file)$(cat /name)>"; touch /secret/x 2>&1; touch /w/x 2>&1; echo "$(stat -c %d /secret /other /w /sys/firmware | sort -u | wc -l) file system"')
check_match "maskedPaths: a directory is empty, a file and a link to it too" '^<>$' "$info"
check_match "maskedPaths: nothing is written there" '/secret/x: Read-only' "$info"
check_match "maskedPaths: mounts as well" '/w/x: Read-only' "$info"
check_match "maskedPaths: all directories are one and the same" '^1 file system$' "$info"
check_eq "maskedPaths: listed twice, masked once; below a masked one there is nothing; a missing one is no error" "1 1" "$(awk '$5 ~ "^/secret"' <<<"$info" | wc -l) $(awk '$5 == "/file"' <<<"$info" | wc -l)"
refused "maskedPaths: a relative one" 'linux.maskedPaths\[0\]: "proc/kcore" is no absolute path' '.linux.maskedPaths = ["proc/kcore"]'
refused "maskedPaths: no text" 'linux.maskedPaths\[1\]: "" is no absolute path' '.linux.maskedPaths = ["/proc/kcore",7]'

# --- readonly paths ---------------------------------------------------------------------------------------------------------------
mkdir -p "$TMP/rootfs/ro/inner"; touch "$TMP/rootfs/ro/file"
info=$(seen "$W | .linux.readonlyPaths = [\"/ro\",\"/ro/inner\",\"/no/such\",\"/m\",\"/proc/sys\",\"/etc/passwd\"] | .mounts += [{destination:\"/m\",type:\"tmpfs\",source:\"tmpfs\",options:[\"nosuid\",\"noexec\"]},{destination:\"/m/sub\",type:\"tmpfs\",source:\"tmpfs\"}]" \
    'cat /proc/self/mountinfo; for f in /ro/file /ro/inner/x /m/x /m/sub/x /proc/sys/kernel/domainname; do { echo x >$f; } 2>&1; done; echo x >>/etc/passwd; touch /keep/x && rm /keep/x && echo others')
for place in /ro/file /ro/inner/x /m/x /m/sub/x /proc/sys/kernel/domainname; do check_match "readonlyPaths: $place" "create $place: Read-only" "$info"; done
check_match "readonlyPaths: a file" '/etc/passwd: Read-only' "$info"
check_match "readonlyPaths: what is not listed stays" '^others$' "$info"
check_eq "readonlyPaths: other flags stay" "ro,nosuid,noexec,relatime" "$(flags "$info" /m)"
check_eq "readonlyPaths: also those of /proc" "ro,nosuid,nodev,noexec,relatime" "$(flags "$info" /proc/sys)"
refused "readonlyPaths: a relative one" 'linux.readonlyPaths\[0\]: "proc" is no absolute path' '.linux.readonlyPaths = ["proc"]'

# --- devices ----------------------------------------------------------------------------------------------------------------------
DEVICES='.linux.devices = [{path:"/dev/char",type:"c",major:1,minor:5,fileMode:416,uid:3,gid:4},{path:"/dev/unbuffered",type:"u",major:1,minor:5},{path:"/dev/block",type:"b",major:7,minor:200,fileMode:111},
    {path:"/dev/pipe",type:"p",fileMode:432,uid:1,gid:2},{path:"/else/where/zero/",type:"c",major:1,minor:5},{path:"/dev/null",type:"c",major:1,minor:3,fileMode:438},{path:"/dev/ptmx",type:"c",major:5,minor:2}]'
DESCRIBE='for f in /dev/char /dev/unbuffered /dev/block /dev/pipe /else/where/zero /dev/null; do stat -c "%n %F %t,%T %a %u:%g" $f; done; stat -L -c "%n %t,%T %a" /dev/ptmx; head -c3 /else/where/zero | wc -c; cat /proc/self/mountinfo'
for where in root "user namespace"; do
    [ "$where" = root ] && how=. || how=$USERNS
    info=$(umask 077; seen "$how | $W | $DEVICES" "$DESCRIBE")
    check_match "devices in a $where: c, with mode and owner, whatever the umask" '^/dev/char character special file 1,5 640 3:4$' "$info"
    check_match "devices in a $where: u" '^/dev/unbuffered character special file 1,5 666 0:0$' "$info"
    check_match "devices in a $where: b" '^/dev/block block special file 7,c8 157 0:0$' "$info"
    check_match "devices in a $where: p" '^/dev/pipe fifo 0,0 660 1:2$' "$info"
    check_match "devices in a $where: outside of /dev, with a slash behind" '^/else/where/zero character special file 1,5 666 0:0$' "$info"
    check_match "devices in a $where: one of the default devices once more" '^/dev/null character special file 1,3 666 0:0$' "$info"
    check_match "devices in a $where: /dev/ptmx is the container's own" '^/dev/ptmx 5,2 666$' "$info"
    check_match "devices in a $where: they work" '^3$' "$info"
done
check_eq "devices in a user namespace: bound, without set-id and exec" "rw,nosuid,noexec,relatime" "$(flags "$info" /dev/char)"
refused "devices: something else is there" 'make the device /etc/passwd: something else is there already' "$W | .linux.devices = [{path:\"/etc/passwd\",type:\"c\",major:1,minor:3}]"
refused "devices: something else is there, in a user namespace" 'make the device /etc/passwd: something else is there already' "$USERNS | $W | .linux.devices = [{path:\"/etc/passwd\",type:\"c\",major:1,minor:3}]"
refused "devices: a relative path" '"dev/x" is no absolute path' '.linux.devices = [{path:"dev/x",type:"c",major:1,minor:3}]'
refused "devices: an unknown type" 'the type "x" is none of c, b, u and p' '.linux.devices = [{path:"/dev/x",type:"x",major:1,minor:3}]'
refused "devices: without a number" '/dev/x needs a major and a minor number' '.linux.devices = [{path:"/dev/x",type:"c",major:1}]'

# --- default devices, dev symbolic links ------------------------------------------------------------------------------------------
DEFAULT='for f in null zero full random urandom tty; do stat -c "%n %t,%T %a %u:%g" /dev/$f; done; for f in fd stdin stdout stderr ptmx core; do echo "$f -> $(readlink /dev/$f)"; done; echo x >/dev/full'
info=$(seen . "$DEFAULT" 2>&1)
for device in "null 1,3" "zero 1,5" "full 1,7" "random 1,8" "urandom 1,9" "tty 5,0"; do check_match "default device ${device% *}" "^/dev/$device 666 0:0$" "$info"; done
for link in "fd -> /proc/self/fd" "stdin -> /proc/self/fd/0" "stdout -> /proc/self/fd/1" "stderr -> /proc/self/fd/2" "ptmx -> pts/ptmx"; do check_match "link /dev/${link%% *}" "^$link$" "$info"; done
check_match "they are the devices that they seem" 'No space left' "$info"
check_match "in a /dev that is mounted read-only" '^/dev/null 1,3 666 0:0$' "$(seen '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]' "$DEFAULT; touch /dev/x")"
check_match "and it is read-only afterwards" '/dev/x: Read-only' "$(seen '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]' "touch /dev/x 2>&1")"
check_match "in the root's own directory" '^/dev/null 1,3 666 0:0$' "$(seen "$W"' | .mounts |= map(select(.destination | startswith("/dev") | not))' "$DEFAULT")"
rm -rf "$TMP/rootfs/dev"; ln -s /keep "$TMP/rootfs/dev"
refused "where the root's /dev is a link, there are none" '/dev of the root filesystem must be an ordinary directory' "$W"' | .mounts |= map(select(.destination | startswith("/dev") | not))'
check_eq "and none is made where it leads" "" "$(ls -A "$TMP/rootfs/keep")"
rm -rf "$TMP/rootfs/dev"; mkdir "$TMP/rootfs/dev" "$TMP/hostdev"; mknod -m 666 "$TMP/hostdev/null" c 1 3; ls "$TMP/hostdev" >"$TMP/before"
info=$(seen "$W"' | .mounts = [.mounts[] | select(.destination | startswith("/dev") | not)] + [{destination:"/dev",type:"bind",source:"'"$TMP"'/hostdev",options:["rbind"]}] | .linux.devices = [{path:"/dev/x",type:"c",major:1,minor:5},{path:"/made",type:"c",major:1,minor:5}]' 'ls /dev | xargs; [ -c /made ] && echo made')
check_eq "into a /dev that is bound nothing is put; elsewhere it is" "null made" "$(xargs <<<"$info")"
check_eq "the host's stays as it was" "$(cat "$TMP/before")" "$(ls "$TMP/hostdev")"

# --- control groups as they are seen ----------------------------------------------------------------------------------------------
if [ -d /sys/fs/cgroup/memory ]; then
    info=$(seen '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])' 'cat /proc/self/mountinfo; mkdir /sys/fs/cgroup/x /sys/fs/cgroup/memory/x 2>&1; ls /sys/fs/cgroup | xargs')
    check_eq "v1: a directory for each hierarchy of the host" "$(cd /sys/fs/cgroup && echo *)" "$(tail -1 <<<"$info")"
    check_match "v1: its own group is all there is" ' / /sys/fs/cgroup/memory ro,|/c[-0-9]* /sys/fs/cgroup/memory ro,' "$info"
    check_eq "v1: read-only, each of them" 2 "$(grep -c 'x.: Read-only' <<<"$info")"
    info=$(seen '(.mounts[] | select(.type == "cgroup") | .options) = ["rw","nosuid"]' 'cat /proc/self/mountinfo; mkdir /sys/fs/cgroup/memory/x && rmdir /sys/fs/cgroup/memory/x && echo group')
    check_match "v1: writable where asked for" '^group$' "$info"
    check_eq "v1: with the options asked for" "rw,nosuid,relatime" "$(flags "$info" /sys/fs/cgroup/memory)"
    info=$(seen '.linux.namespaces |= map(select(.type != "cgroup"))' 'cat /proc/self/mountinfo; grep memory /proc/self/cgroup')
    check_match "v1 without a cgroup namespace: its path is the host's" "^[0-9]+:memory:/$GROUP/c$" "$info"
    check_match "v1 without a cgroup namespace: its own group all the same" " /$GROUP/c /sys/fs/cgroup/memory ro," "$info"
    bundle nogroup 'del(.linux.cgroupsPath, .linux.resources) | .linux.namespaces |= map(select(.type != "cgroup"))' 'cat /proc/self/mountinfo; ls /sys/fs/cgroup | xargs; mkdir /sys/fs/cgroup/memory/x 2>&1'
    info=$(R --cgroup-manager disabled run -b "$TMP/nogroup" nogroup 2>&1)
    check_eq "without a group of its own: the host's tree" "$(cd /sys/fs/cgroup && echo *)" "$(tail -2 <<<"$info" | head -1)"
    check_match "without a group of its own: read-only to the bottom" 'memory/x.: Read-only' "$info"
    two='.mounts += [{destination:"/two",type:"cgroup2",source:"cgroup2",options:["ro"]}]'
    if grep -q ' cgroup2 ' /proc/self/mounts; then check_match "cgroup2: version 2's hierarchy beside the others" ' / /two ro,.* - cgroup2' "$(seen "$two" 'cat /proc/self/mountinfo')"
    else refused "cgroup2: where there is no such hierarchy" 'this host has no hierarchy of type cgroup2' "$two"; fi
fi
if unified_only 2>/dev/null; then
    info=$(seen '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])' 'cat /proc/self/mountinfo /proc/self/cgroup; mkdir /sys/fs/cgroup/x 2>&1; wc -l </sys/fs/cgroup/cgroup.procs')
    check_match "v2: the tree, of which its own group is the root" ' / /sys/fs/cgroup ro,.* - cgroup2' "$info"
    check_match "v2: it is the root of its own path too" '^0::/$' "$info"
    check_match "v2: read-only" 'x.: Read-only' "$info"
    check_match "v2: nobody else's processes" '^[12]$' "$(tail -1 <<<"$info")"
    check_match "v2: writable where asked for" '^group$' "$(seen '(.mounts[] | select(.type == "cgroup") | .options) = ["rw"]' 'mkdir /sys/fs/cgroup/x && rmdir /sys/fs/cgroup/x && echo group')"
    info=$(seen '.linux.namespaces |= map(select(.type != "cgroup"))' 'cat /proc/self/mountinfo /proc/self/cgroup; p=$(sed -n s/^0:://p /proc/self/cgroup); grep -c . /sys/fs/cgroup$p/cgroup.procs')
    check_match "v2 without a cgroup namespace: the whole tree, read-only" " / /sys/fs/cgroup ro,.* - cgroup2" "$info"
    check_match "v2 without a cgroup namespace: in which its path leads to its group" '^[123]$' "$(tail -1 <<<"$info")"
    bundle other . 'sleep 3000'; background other other; join="/proc/$(R state other | jq .pid)/ns/cgroup"
    info=$(seen ".linux.cgroupsPath = \"/$GROUP/d\" | (.linux.namespaces[] | select(.type == \"cgroup\")) += {path:\"$join\"}" 'cat /proc/self/mountinfo /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs | wc -l')
    check_match "v2 in another's cgroup namespace: the tree as that one sees it" ' / /sys/fs/cgroup ro,.* - cgroup2' "$info"
    R delete -f other
else skip "cgroup v2" "cannot be mounted here"; fi
check_eq "failures leave nothing" "" "$(groups_left c; R list -q)"
finish
