#!/bin/bash
# The runtime specification's sections "Root", "Mounts", "Masked Paths", "Readonly Paths" and "Devices" for somebody without root's
# rights: all that the kernel allows in a user namespace, the host's own in place of what it does not, and the reason for the rest.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"
ME=54322
if ! setpriv --reuid $ME --regid $ME --clear-groups --inh-caps=-all unshare -Urm true 2>/dev/null; then skip "all of it" "this host gives no user namespaces to people without privilege"; finish; fi
printf 'slt-mounts:x:%s:%s::/:/bin/sh\n' $ME $ME | cat /etc/passwd - >"$TMP/passwd"; mount --bind "$TMP/passwd" /etc/passwd
chmod 711 "$TMP"; mkdir "$TMP/home"; cp -a "$TMP/rootfs" "$TMP/home/rootfs"; mkdir -p "$TMP/home/dir/sub" "$TMP/home/rootfs/"{w,full/dir,secret,ro}; echo mine >"$TMP/home/dir/file"; echo kept >"$TMP/home/rootfs/full/file"
echo hidden >"$TMP/home/rootfs/secret/x"; ln -s nowhere "$TMP/home/dir/link"; ln -s /made/later "$TMP/home/rootfs/dangles"; chown -hR $ME:$ME "$TMP/home"
OCI="setpriv --reuid $ME --regid $ME --clear-groups --inh-caps=-all env -i PATH=$PATH $B/slipway-oci --root $TMP/home/state"
(cd "$TMP/home" && R spec --rootless && jq '.root.path = "'"$TMP"'/home/rootfs" | .root.readonly = false | .process.terminal = false | del(.linux.seccomp)' config.json >"$TMP/base.json")
jq '.mounts |= map(select(.destination | startswith("/home") | not))' "$TMP/base.json" >"$TMP/c" && mv "$TMP/c" "$TMP/base.json"
flags() { awk -v d="$2" '$5 == d {f = $6} END {print f}' <<<"$1"; }
system() { awk -v d="$2" '$5 == d {f = $NF} END {print f}' <<<"$1"; }
LIST=()
m() { local o=${4//,/\",\"}; LIST+=("{\"destination\":\"$1\",${2:+\"type\":\"$2\",}\"source\":\"$3\",\"options\":[${o:+\"$o\"}]}"); }
look() { info=$(seen ".mounts += [$(IFS=,; echo "${LIST[*]}")]${2:+ | $2}" "$1"); LIST=(); }
denied() { refused "$1" "$2" ".mounts += [$(m "${@:3}"; echo "${LIST[-1]}")]"; }
H=$TMP/home

# --- what everybody has: the config of `spec --rootless` --------------------------------------------------------------------------
info=$(seen . 'cat /proc/self/mountinfo; stat -c "%n %F" /dev/null /dev/tty /dev/ptmx /dev/fd; echo x >/dev/null && head -c2 /dev/zero | wc -c; id -u; mkdir /sys/fs/cgroup/x 2>&1; [ -d /sys/kernel ] && echo kernel')
check_match "proc of its own" ' / /proc rw,nosuid,nodev,noexec,.* - proc' "$info"
check_match "devpts: a group that is not there is left out" 'mode=620,ptmxmode=666' "$(system "$info" /dev/pts)"
check_no_match "devpts: it is" 'gid=' "$(system "$info" /dev/pts)"
check_match "mqueue of its own" ' /dev/mqueue rw,nosuid,nodev,noexec,.* - mqueue' "$info"
check_match "tmpfs: with size and mode" 'size=65536k,mode=755' "$(system "$info" /dev)"
check_match "sysfs: the host's, bound, as the network is the host's" ' / /sys ro,nosuid,nodev,noexec,.* - sysfs' "$info"
check_match "sysfs: it can be read" '^kernel$' "$info"
check_eq "sysfs: read-only to the bottom" "" "$(awk '$5 ~ "^/sys/" && $6 !~ "^ro"' <<<"$info")"
check_match "control groups: seen, read-only" 'Read-only file system|cannot|can.t create' "$info"
check_match "default devices: the host's, bound" '^/dev/null character special file$' "$info"
check_match "default devices: they work" '^2$' "$info"
check_match "links" '^/dev/fd symbolic link$' "$info"
check_match "a network of its own: sysfs too" ' / /sys ro,.* - sysfs' "$(seen '.linux.namespaces += [{type:"network"}]' 'cat /proc/self/mountinfo')"
check_match "the host's processes: proc is the host's" '^there$' "$(seen '.linux.namespaces |= map(select(.type != "pid"))' '[ -d /proc/self/task ] && echo there')"

# --- mounts -----------------------------------------------------------------------------------------------------------------------
m /w bind "$H/dir" rbind,nosuid,nodev; m /rel/a bind ../home/dir bind,ro; m /file bind "$H/dir/file" bind,rro,noexec; m /dangles bind "$H/dir/file" bind
m /link bind "$H/dir/link" bind,copy-symlink; m /full tmpfs tmpfs tmpcopyup,size=1m; m /small tmpfs tmpfs ro,noexec,size=64k; m /small/in bind "$H/dir" bind; m /etc/made/deep tmpfs tmpfs ""
look 'cat /proc/self/mountinfo; cat /w/file /file /made/later; echo more >>/w/new; touch /rel/a/x /small/x 2>&1; readlink /link; cat /full/file; stat -c "full %u:%g" /full/file; cat /small/in/file'
check_eq "bind: directories, files, through links that dangle, in a tmpfs" 4 "$(grep -c '^mine$' <<<"$info")"
check_eq "bind: writes are the caller's" "more $ME" "$(cat "$H/dir/new") $(stat -c %u "$H/dir/new")"
check_match "bind: read-only, and its source from beside the bundle" '/rel/a/x: Read-only' "$info"
check_eq "bind: options" "rw,nosuid,nodev,relatime ro,noexec,relatime" "$(flags "$info" /w) $(flags "$info" /file)"
check_match "tmpfs: read-only once all is mounted in it" '/small/x: Read-only' "$info"
check_match "copy-symlink" '^nowhere$' "$info"
check_eq "tmpcopyup" "kept full 0:0" "$(grep -E '^(kept|full)' <<<"$info" | xargs)"
mkdir "$H/lower" "$H/upper" "$H/work"; echo low >"$H/lower/low"; chown $ME "$H/lower" "$H/upper" "$H/work"
m /ov overlay overlay "lowerdir=$H/lower,upperdir=$H/upper,workdir=$H/work,userxattr"; look 'cat /ov/low; echo up >/ov/up'
check_eq "overlay, with the marks of a user" "low up" "$info $(cat "$H/upper/up" 2>&1)"
mkdir "$TMP/locked"; mount -t tmpfs -o nosuid,nodev,noexec,mode=777 locked "$TMP/locked"; mkdir "$TMP/locked/sub"; mount -t tmpfs sub "$TMP/locked/sub"; mkdir "$H/peer"; mount -t tmpfs peer "$H/peer"; mount --make-shared "$H/peer"
m /locked bind "$TMP/locked" rbind,ro; look 'cat /proc/self/mountinfo'
check_eq "flags of the host's mount stay" "ro,nosuid,nodev,noexec,relatime" "$(flags "$info" /locked)"
denied "and cannot be taken away" 'set options "rbind,exec" of the mount on /x: Operation not permitted' /x bind "$TMP/locked" rbind,exec
denied "nothing is uncovered that a mount of the host hides" 'bind .*: Invalid argument' /x bind "$TMP/locked" bind
m /slave bind "$H/peer" rbind,rslave; m /private bind "$H/peer" rbind; m /shared bind "$H/peer" rbind,rshared; look 'cat /proc/self/mountinfo'
check_match "option rslave" ' /slave .* master:[0-9]+ ' "$info"
check_no_match "without an option: private" ' /private .* (master|shared):' "$info"
check_no_match "option rshared: never with the host" ' /shared .* shared:'"$(awk -v d="$H/peer" '$5 == d {sub("shared:", "", $7); print $7}' /proc/self/mountinfo)"' - ' "$info"
denied "a source that is not there" "error mounting \"$H/none\" to rootfs at \"/x\": .*No such file" /x bind "$H/none" bind
denied "a source that the caller may not reach" 'error mounting "/root/.x" to rootfs at "/x": .*Permission denied' /x bind /root/.x bind
denied "a file system that only root mounts" 'error mounting "x" to rootfs at "/x": mount ext4 on /x.*Operation not permitted' /x ext4 x ""
refused "option idmap: of file systems that are not the caller's" "the owners of $H/dir can be mapped with root's rights only" '.mounts += [{destination:"/x",type:"bind",source:"'"$H/dir"'",options:["bind","idmap"]}]'

# --- root, masked and read-only paths, devices ------------------------------------------------------------------------------------
info=$(seen '.root.readonly = true | .linux.maskedPaths += ["/secret","/etc/passwd"] | .linux.readonlyPaths += ["/ro"] | .mounts += [{destination:"/w",type:"tmpfs",source:"t"}]' 'touch /x 2>&1; touch /w/x && echo written; ls -A /secret | wc -l; wc -c </etc/passwd; touch /secret/x 2>&1; mount -o remount,bind,rw / 2>&1')
check_match "root.readonly" '^touch: /x: Read-only' "$info"
check_match "root.readonly: mounts below are not" '^written$' "$info"
check_eq "maskedPaths: a directory, a file" "0 0" "$(grep -x 0 <<<"$info" | xargs)"
check_match "maskedPaths: read-only" '/secret/x: Read-only' "$info"
check_match "readonlyPaths" '/ro/x: Read-only' "$(seen '.linux.readonlyPaths += ["/ro"]' 'touch /ro/x 2>&1; touch /w/x && rm /w/x')"
check_match "rootfsPropagation: shared" ' / / rw.* shared:| / rw,.* shared:[0-9]+ ' "$(seen '.linux.rootfsPropagation = "shared"' 'grep " / rw" /proc/self/mountinfo')"
check_eq "--no-pivot" fine "$(bundle nopivot . 'echo fine'; R run --no-pivot -b "$TMP/nopivot" nopivot 2>&1)"
info=$(seen '.linux.devices = [{path:"/dev/pipe",type:"p",fileMode:432},{path:"/dev/more",type:"c",major:1,minor:9}]' 'stat -c "%n %F %a %u" /dev/pipe; head -c3 /dev/more | wc -c')
check_match "devices: a pipe is made" '^/dev/pipe fifo 660 0$' "$info"
check_match "devices: what the host has anywhere in /dev is bound" '^3$' "$info"
refused "devices: what it has not" 'device /dev/none \(c 200:201\): a user namespace makes no nodes, and there is none in /dev' '.linux.devices = [{path:"/dev/none",type:"c",major:200,minor:201}]'
refused "a root that the caller may not reach" 'invalid rootfs: .*Permission denied' '.root.path = "/root/none"'
check_eq "nothing of it is mounted on the host" "" "$(grep "$H/rootfs" /proc/self/mountinfo)"

# --- with ranges of ids -----------------------------------------------------------------------------------------------------------
if command -v newuidmap >/dev/null; then
    printf 'slt-mounts:%s:65536\n' $((0x10000000 + 65536 * 80)) >"$TMP/subid"
    for file in subuid subgid; do [ -e /etc/$file ] || : >/etc/$file; mount --bind "$TMP/subid" /etc/$file; done
    jq 'del(.linux.uidMappings, .linux.gidMappings)' "$TMP/base.json" >"$TMP/c" && mv "$TMP/c" "$TMP/base.json"
    m /t tmpfs tmpfs uid=7,gid=8,mode=700; look 'cat /proc/self/mountinfo; stat -c "t %u:%g %a" /t; touch /w/x && chown 5:6 /w/x && stat -c "x %u:%g" /w/x'
    check_match "devpts: the group of terminals, as there is one" 'gid=[0-9]+,mode=620' "$(system "$info" /dev/pts)"
    check_match "tmpfs: owners of the range" '^t 7:8 700$' "$info"
    check_match "other owners in the root" '^x 5:6$' "$info"
    R run -b "$TMP/nopivot" left >/dev/null 2>&1; rm -rf "$H/rootfs/w/x"
else skip "with ranges of ids" "newuidmap is missing"; fi
check_eq "nothing is left" "" "$(R list -q)"
finish
