#!/bin/bash
# slipway-oci on a busybox bundle, as runc is used: namespaces, rights, masks, limits, exec, errors, pause, deletion; a user namespace;
# an overlay; a lab machine; the same on cgroup v2.
. "$(dirname "$0")/../lib.sh"

GROUP=slrt-$$
OCI="$B/slipway-oci --root $TMP/state"
R() { timeout 30 $OCI "$@" </dev/null; }
at_exit 'for id in $(R list -q 2>/dev/null); do R delete -f "$id"; done
         find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null'

# bundle NAME JQ-FILTER: a bundle beside the common root filesystem
bundle() {
    mkdir -p "$TMP/$1"
    jq "$2" "$TMP/base.json" >"$TMP/$1/config.json"
}
# inside NAME COMMAND: output of a container that runs `sh -c COMMAND`
inside() {
    jq --arg c "$2" '.process.args = ["sh", "-c", $c]' "$TMP/$1/config.json" >"$TMP/$1/c" && mv "$TMP/$1/c" "$TMP/$1/config.json"
    R run -b "$TMP/$1" "$1-$RANDOM" 2>&1
}
# background NAME ID: create and start without waiting; streams must not keep this script's
background() { R create -b "$TMP/$1" "$2" >"$TMP/$2.out" 2>&1 && R start "$2"; }
status() { R state "$1" | jq -r .status; }
groups_left() { find /sys/fs/cgroup -type d -path "*/$GROUP/$1*" 2>/dev/null; }

mkdir -p "$TMP/rootfs/"{bin,dev,proc,sys,etc,tmp,root}
cp "$(command -v busybox)" "$TMP/rootfs/bin/busybox"
for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$TMP/rootfs/bin/$applet" 2>/dev/null; done
printf 'root:x:0:0:root:/root:/bin/sh\nlearner:x:1000:1000::/home/learner:/bin/sh\n' >"$TMP/rootfs/etc/passwd"
printf '#!/no/such/shell\n' >"$TMP/rootfs/bin/broken"; chmod 755 "$TMP/rootfs/bin/broken"
(cd "$TMP" && R spec && jq --arg root "$TMP/rootfs" --arg group "/$GROUP/c" '.root.path = $root | .process.terminal = false
    | .process.noNewPrivileges = false | .linux.cgroupsPath = $group' config.json >base.json)
check_match "spec refuses to overwrite" "exists already" "$(cd "$TMP" && R spec 2>&1)"

# --- one container, looked at from inside ------------------------------------------------------------------------------------
bundle plain .
seen=$(inside plain 'grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status; hostname; pwd; echo HOME=$HOME; ps | wc -l; ls /sys/class/net
    for n in mnt pid net uts ipc cgroup user; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup; mount; ls -l /dev; umask; id
    ls /proc/self/fd | wc -l')
check_match "effective capabilities are Docker's fourteen" "CapEff:.00000000a80425fb" "$seen"
check_match "the bounding set is cut down too" "CapBnd:.00000000a80425fb" "$seen"
check_match "nothing is inheritable" "CapInh:.0000000000000000" "$seen"
check_match "a seccomp filter is loaded" "Seccomp:.2" "$seen"
check_match "the host name is the config's" "^slipway$" "$seen"
check_match "HOME comes from the container's passwd" "^HOME=/root$" "$seen"
check_match "the network namespace is empty" "^lo$" "$seen"
check_no_match "no other cgroup is visible" "$GROUP" "$seen"
check_match "/ is read-only" "on / type .*\(ro" "$seen"
check_match "/proc/sys is read-only" "on /proc/sys type proc \(ro" "$seen"
check_match "/proc/keys is masked by the null device" "on /proc/keys type tmpfs" "$seen"
check_match "/sys/firmware is masked by an empty tmpfs" "on /sys/firmware type tmpfs \(ro" "$seen"
check_match "null is a device" "crw-rw-rw-.* 1, +3 .* null" "$seen"
check_match "ptmx leads to the container's own devpts" "ptmx -> pts/ptmx" "$seen"
check_match "umask is 0022" "^0022$" "$seen"
check_match "only stdio and the directory being listed are open" "^4$" "$(tail -1 <<<"$seen")"
for ns in mnt pid net uts ipc cgroup; do
    check_no_match "namespace $ns is the container's own" "$(readlink /proc/self/ns/$ns | sed 's/[][]/\\&/g')" "$seen"
done
check_eq "nothing is left of it" "" "$(groups_left c; R list -q)"
check_match "no signal is blocked" "SigBlk:.0000000000000000" "$(inside plain 'exec grep SigBlk /proc/self/status')"
bundle held '.annotations["org.slipway.init"] = "1"'
check_match "but for an init of ours, which must lose none" "SigBlk:.fffffff" "$(inside held 'exec grep SigBlk /proc/self/status')"
check_match "--debug shows the steps with their commands" "mount -t proc .* proc /proc" "$(R --debug run -b "$TMP/plain" dbg 2>&1)"

# --- rights -------------------------------------------------------------------------------------------------------------------
bundle user '.process.user = {"uid":1000,"gid":1000,"additionalGids":[5,6],"umask":63} | .process.cwd = "/tmp/made" | .root.readonly = false
    | .process.noNewPrivileges = true | .process.capabilities |= (.effective = [] | .permitted = [])
    | .process.rlimits = [{"type":"RLIMIT_NOFILE","soft":100,"hard":200}] | .process.oomScoreAdj = 123
    | .linux.sysctl = {"net.ipv4.ip_forward":"1"} | .process.env += ["COLOUR=blue"]'
seen=$(inside user 'id; pwd; umask; grep -E "CapEff|NoNew" /proc/self/status; ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj
    cat /proc/sys/net/ipv4/ip_forward; echo $COLOUR $HOME')
check_match "user and groups are the config's" "uid=1000.* gid=1000.*groups=.*5.*6" "$seen"
check_match "a missing working directory is made" "^/tmp/made$" "$seen"
check_match "umask is the config's" "^0077$" "$seen"
check_match "another user has no capabilities" "CapEff:.0000000000000000" "$seen"
check_match "no_new_privs is set" "NoNewPrivs:.1" "$seen"
check_match "rlimits are set" "^100$" "$seen"
check_match "hard rlimits are set" "^200$" "$seen"
check_match "oom_score_adj is set" "^123$" "$seen"
check_match "a sysctl of the own namespace is set" "^1$" "$seen"
check_match "environment and home are the user's" "^blue /home/learner$" "$seen"
bundle sysctl '.linux.sysctl = {"kernel.panic":"1"}'
check_match "a sysctl of the machine is refused" 'sysctl "kernel.panic" is not in a separate kernel namespace' "$(R run -b "$TMP/sysctl" s1 2>&1)"
bundle ambient '.process.user = {"uid":1000,"gid":1000} | .process.capabilities |= with_entries(.value = ["CAP_NET_RAW"])
    | .process.capabilities.ambient = ["CAP_NET_RAW"] | .process.capabilities.inheritable = ["CAP_NET_RAW"]'
check_match "an ambient capability survives the change of user" "CapEff:.0000000000002000" "$(inside ambient 'grep CapEff /proc/self/status')"

# --- mounts -------------------------------------------------------------------------------------------------------------------
mkdir -p "$TMP/source/below"; echo host >"$TMP/source/file"
bundle mounts '.root.readonly = false | .mounts += [
    {"destination":"/new/dir","type":"bind","source":"'"$TMP"'/source","options":["rbind","ro"]},
    {"destination":"/etc/one","type":"bind","source":"'"$TMP"'/source/file","options":["bind"]},
    {"destination":"/small","type":"tmpfs","source":"tmpfs","options":["size=64k","mode=700","noexec"]}]'
seen=$(inside mounts 'cat /new/dir/file /etc/one; touch /new/dir/x; mount | grep small; stat -c %a /small; echo changed >/etc/one')
check_eq "directories and files are bound" "2" "$(grep -c '^host$' <<<"$seen")"
check_match "a read-only bind is read-only" "Read-only file system" "$seen"
check_match "tmpfs has its options" "/small type tmpfs \(rw,noexec.*size=64k" "$seen"
check_eq "a writable bind writes the host's file" "changed" "$(cat "$TMP/source/file")"
bundle badbind '.mounts += [{"destination":"/x","type":"bind","source":"/no/such/source","options":["rbind"]}]'
check_match "a missing bind source is named" "/no/such/source.*No such file" "$(R run -b "$TMP/badbind" bb 2>&1)"
ln -s /etc "$TMP/rootfs/evil"
bundle evil '.root.readonly = false | .mounts += [{"destination":"/evil/escaped/deep","type":"tmpfs","source":"tmpfs"}]'
inside evil true >/dev/null
check_rc "a link in the root filesystem leads nowhere outside" 1 test -e /etc/escaped
rm "$TMP/rootfs/evil"

# --- errors -------------------------------------------------------------------------------------------------------------------
bundle missing '.process.args = ["nope"]'
check_rc "a command that is not there: 127" 127 $OCI run -b "$TMP/missing" e1
check_match "and says so as runc does" 'exec: "nope": executable file not found in \$PATH' "$(R run -b "$TMP/missing" e1 2>&1)"
bundle denied '.process.args = ["/etc/passwd"]'
check_rc "a file that is no program: 126" 126 $OCI run -b "$TMP/denied" e2
check_match "and says so as runc does" 'exec: "/etc/passwd": permission denied' "$(R run -b "$TMP/denied" e2 2>&1)"
bundle broken '.process.args = ["/bin/broken"]'
check_match "a missing interpreter is named" "/no/such/shell is not in the container" "$(R run -b "$TMP/broken" e3 2>&1)"
check_match "an unknown container is named" 'container "none" does not exist' "$(R state none 2>&1)"
check_rc "an unknown command: 1" 1 $OCI dance
check_match "a bad id is refused" "no container id" "$(R run -b "$TMP/plain" a/b 2>&1)"
check_eq "failures leave nothing" "" "$(groups_left c; R list -q)"

# --- limits -------------------------------------------------------------------------------------------------------------------
if [ -d /sys/fs/cgroup/memory ]; then
    bundle limits '.linux.resources += {"memory":{"limit":16777216,"swap":16777216},"cpu":{"shares":512,"quota":50000,"period":100000,"cpus":"0"},"pids":{"limit":20}}'
    seen=$(inside limits 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_quota_us cpuset/cpuset.cpus pids/pids.max')
    check_eq "limits are in the control files" "16777216 512 50000 0 20" "$(echo $seen)"
    seen=$(inside limits 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo dd=$?; grep oom_kill /sys/fs/cgroup/memory/memory.oom_control')
    check_match "a process over the memory limit is killed" "dd=137" "$seen"
    check_match "and counted" "oom_kill 1" "$seen"
    check_match "too many processes are refused" "can't fork" "$(inside limits 'for i in $(seq 30); do sleep 1 & done; wait' 2>&1)"
    bundle sparse '.linux.resources.devices = [{"allow": false, "access": "rwm"}]'
    check_match "the default devices work where a config only denies" "works" "$(inside sparse 'echo works >/dev/null && head -c1 /dev/zero | wc -c >/dev/null && echo works')"
    bundle devices .
    check_match "devices are allowed by rule only" "Operation not permitted" "$(jq '.root.readonly=false' "$TMP/devices/config.json" >"$TMP/devices/c"; mv "$TMP/devices/c" "$TMP/devices/config.json"; inside devices 'mknod /dev/kmem c 1 2; cat /dev/kmem')"
else
    skip "limits" "no cgroup v1 memory controller"
fi

# --- life ---------------------------------------------------------------------------------------------------------------------
bundle life '.process.args = ["sh", "-c", "trap \"exit 7\" TERM; echo begun; while :; do sleep 0.05; done"]'
R create -b "$TMP/life" --pid-file "$TMP/pid" life >"$TMP/life.out" 2>&1
check_eq "created, it waits" "created " "$(status life) $(cat "$TMP/life.out")"
check_eq "the pid file has its pid" "$(R state life | jq .pid)" "$(cat "$TMP/pid")"
check_match "an id is used once" "exists already" "$(R create -b "$TMP/life" life 2>&1)"
R start life
check "started, it runs" wait_for 5 grep -q begun "$TMP/life.out"
check_eq "its state says so" running "$(status life)"
check_match "a second start is refused" "it is running" "$(R start life 2>&1)"
check_match "exec joins all namespaces" "^same$" "$(R exec life sh -c 'for n in mnt pid net uts ipc cgroup; do [ "$(readlink /proc/1/ns/$n)" = "$(readlink /proc/self/ns/$n)" ] || echo $n; done; echo same')"
check_match "exec has the container's rights" "CapEff:.00000000a80425fb" "$(R exec life grep CapEff /proc/self/status)"
check_match "exec sits in the container's cgroup" "(memory|0:):/$GROUP/c" "$(R exec -d --pid-file "$TMP/epid" life sleep 3000 >"$TMP/eout" 2>&1; cat "/proc/$(cat "$TMP/epid")/cgroup")"
check_rc "exec gives the exit code" 42 $OCI exec life sh -c 'exit 42'
check_rc "exec of a missing command: 127" 127 $OCI exec life nope
check_rc "exec of a file that is no program: 126" 126 $OCI exec life /etc/passwd
check_match "exec changes user, directory, environment" "1000 /etc blue" "$(R exec -u 1000:1000 --cwd /etc -e C=blue life sh -c 'echo $(id -u) $(pwd) $C')"
check_match "exec -u takes numbers only" "numbers are needed" "$(R exec -u 0x0 life id 2>&1)"
check_match "exec -t has a terminal" "/dev/pts/" "$(script -qec "timeout 20 $OCI exec -t life tty" /dev/null </dev/null)"
check "ps lists its processes" test "$(R ps -f json life | jq 'length')" -ge 2
R pause life
check_eq "paused" paused "$(status life)"
check_match "exec in a paused container is refused" "paused" "$(R exec life true 2>&1)"
R resume life
check_eq "resumed" running "$(status life)"
check_match "a running container is not deleted" "it is running" "$(R delete life 2>&1)"
R kill life TERM
is() { [ "$(status "$1")" = "$2" ]; }
check "a signal arrives" wait_for 5 is life stopped
check_match "a stopped container takes no signal" "it is stopped" "$(R kill life 2>&1)"
R delete life
check_eq "deleted, nothing is left" "" "$(groups_left c; R list -q; ls "$TMP/state")"
background life again
R pause again; R delete -f again
check_eq "delete -f ends a paused one too" "" "$(groups_left c; R list -q)"
check_rc "delete -f of nothing is no error" 0 $OCI delete -f nothing
bundle term '.process.terminal = true | .process.consoleSize = {"height":30,"width":90}'
jq '.process.args=["sh","-c","tty; stty size; ls -l /dev/console; echo bye; exit 5"]' "$TMP/term/config.json" >"$TMP/c" && mv "$TMP/c" "$TMP/term/config.json"
seen=$(script -qec "timeout 20 $OCI run -b $TMP/term term; echo code=\$?" /dev/null </dev/null)
check_match "a terminal is the container's own" "/dev/pts/0" "$seen"
check_match "and its console" "crw.*/dev/console" "$seen"
check_match "its last lines and its exit code arrive" "code=5" "$(tr -d '\r' <<<"$seen")"
check_match "a terminal without a taker is refused" "console-socket" "$(R create -b "$TMP/term" term 2>&1)"

# --- overlay and user namespace -----------------------------------------------------------------------------------------------
mkdir -p "$TMP/l2" "$TMP/ov/diff" "$TMP/ov/work" "$TMP/merged"; echo top >"$TMP/l2/which"; echo bottom >"$TMP/rootfs/which"
bundle overlay '.root = {"path":"'"$TMP"'/merged"} | .annotations = {"org.slipway.rootfs": ({"lower":["'"$TMP"'/l2","'"$TMP"'/rootfs"],"upper":"'"$TMP"'/ov/diff","work":"'"$TMP"'/ov/work"} | tojson)}'
check_match "layers lie over one another" "^top$" "$(inside overlay 'cat /which; echo new >/fresh')"
check_eq "changes go to the upper layer" "new" "$(cat "$TMP/ov/diff/fresh")"
check_eq "nothing is mounted on the host" "" "$(grep "$TMP/merged" /proc/mounts)"
BASE=$((0x10000000 + 65536 * 77))
mapping='{"containerID":0,"hostID":'$BASE',"size":65536}'
mkdir -p "$TMP/u/diff" "$TMP/u/work"; chown $BASE:$BASE "$TMP/u/diff" "$TMP/u/work"; chmod 700 "$TMP/u"
bundle userns '.root = {"path":"'"$TMP"'/merged"} | .linux.namespaces += [{"type":"user"}] | .linux.uidMappings = ['"$mapping"'] | .linux.gidMappings = ['"$mapping"']
    | .annotations = {"org.slipway.rootfs": ({"lower":["'"$TMP"'/rootfs"],"upper":"'"$TMP"'/u/diff","work":"'"$TMP"'/u/work","userxattr":true,"idmap":true} | tojson)}'
seen=$(inside userns 'id; cat /proc/self/uid_map; stat -c %u:%g /etc/passwd; echo x >/made; stat -c %u /made; echo ok >/dev/null && echo nullok')
check_match "root in a user namespace is mapped" "0 +$BASE +65536" "$seen"
check_match "idmapped layers belong to its root" "^0:0$" "$seen"
check_match "bound device nodes work" "nullok" "$seen"
check_eq "what it makes belongs to the range" "$BASE" "$(stat -c %u "$TMP/u/diff/made")"

# --- a lab machine ------------------------------------------------------------------------------------------------------------
caps=$(R features | jq -c .linux.capabilities)
bundle lab '.process.args = ["sleep", "3000"]'
jq --argjson c "$caps" --slurpfile u "$TMP/userns/config.json" '.root = $u[0].root | .linux = $u[0].linux | .annotations = ($u[0].annotations + {"org.slipway.sandbox":"1"})
    | .process.capabilities = {"bounding":$c,"effective":$c,"permitted":$c} | del(.linux.seccomp) | .linux.maskedPaths = [] | .linux.readonlyPaths = []
    | (.mounts[] | select(.destination | startswith("/sys")) | .options) |= map(if . == "ro" then "rw" else . end)' "$TMP/lab/config.json" >"$TMP/c" && mv "$TMP/c" "$TMP/lab/config.json"
rm -rf "$TMP/u"; mkdir -p "$TMP/u/diff" "$TMP/u/work"; chown $BASE:$BASE "$TMP/u/diff" "$TMP/u/work"
background lab lab
L() { R exec lab sh -c "$1" 2>&1; }
if [ -d /sys/fs/cgroup/memory ]; then
    seen=$(L 'cd /sys/fs/cgroup/memory && mkdir demo && echo 10485760 >demo/memory.limit_in_bytes && cat demo/memory.limit_in_bytes
        sh -c "echo \$\$ >demo/tasks; dd if=/dev/zero of=/dev/null bs=32M count=1"; grep oom_kill demo/memory.oom_control; rmdir demo && echo removed')
    check_match "its root makes memory groups and limits them" "^10485760$" "$seen"
    check_match "the OOM killer strikes there" "oom_kill 1" "$seen"
    check_match "and removes them" "^removed$" "$seen"
    check_match "limits outside stay out of reach" "denied|Permission|can't create" "$(L 'echo 1 >/sys/fs/cgroup/memory/memory.limit_in_bytes')"
fi
check_match "it forwards packets when told" "^1$" "$(L 'echo 1 >/proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward')"
check_match "it pings" "1 packets received" "$(L 'ip link set lo up; ping -c1 127.0.0.1')"
check_match "it mounts proc for a nested pid namespace" "^2$" "$(L 'unshare -pmf --mount-proc ps | wc -l')"
check_match "it mounts sysfs after /sys was unmounted, as ip netns exec does" "lo" "$(L 'unshare -nm sh -c "umount -l /sys; mount -t sysfs sysfs /sys && ls /sys/class/net"')"
check_match "its mounts are shared among its namespaces" "shared:" "$(L 'head -1 /proc/self/mountinfo')"
check_match "its namespaces are bounded" "^64$" "$(L 'cat /proc/sys/user/max_user_namespaces')"
check_match "and it cannot raise the bound" "denied|can't create|Permission" "$(L 'echo 9999 >/proc/sys/user/max_user_namespaces')"
check_match "it cannot reach the host's devices" "denied|Permission|not permitted" "$(L 'mknod /tmp/sda b 8 0')"
R delete -f lab
check_eq "nothing is left of the lab" "" "$(groups_left c)"

# --- cgroup v2 ----------------------------------------------------------------------------------------------------------------
cat >"$TMP/unified.sh" <<'UNIFIED'
# A tree that is mounted already is bound: mounting it once more would reset its options for the whole machine.
tree=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
if [ "$tree" != /sys/fs/cgroup ]; then
    place=$(mktemp -d)
    if [ -n "$tree" ]; then mount --bind "$tree" "$place"; else mount -t cgroup2 none "$place"; fi || exit 9
    umount /sys/fs/cgroup/*/ /sys/fs/cgroup 2>/dev/null
    mount --move "$place" /sys/fs/cgroup && rmdir "$place" || exit 9
fi
"$@"
UNIFIED
# shellcheck disable=SC2016
if unshare -m --propagation private bash "$TMP/unified.sh" true 2>/dev/null; then
    bundle two '.root.readonly = false | .process.args = ["sh", "-c", "mknod /dev/kmem c 1 2; cat /dev/kmem; echo x >/dev/null && echo nullok; grep ^0 /proc/self/cgroup; mount | grep cgroup; sleep 30"]'
    cat >"$TMP/two.sh" <<TWO
$OCI create -b $TMP/two two </dev/null >$TMP/two.out 2>&1; $OCI start two; for _ in \$(seq 100); do grep -q cgroup2 $TMP/two.out && break; sleep 0.1; done; cat $TMP/two.out
$OCI exec two grep ^0 /proc/self/cgroup | sed 's/^/exec /'
$OCI pause two; grep frozen /sys/fs/cgroup/$GROUP/c/cgroup.events; $OCI resume two; grep frozen /sys/fs/cgroup/$GROUP/c/cgroup.events
$OCI delete -f two && ls -d /sys/fs/cgroup/$GROUP/c; echo end; rmdir /sys/fs/cgroup/$GROUP
TWO
    seen=$(timeout 60 unshare -m --propagation private bash "$TMP/unified.sh" bash "$TMP/two.sh" 2>&1)
    check_match "v2: devices are decided by a BPF program" "kmem.*not permitted" "$seen"
    check_match "v2: allowed devices work" "nullok" "$seen"
    check_match "v2: the container sees its group as the root" "^0::/$" "$seen"
    check_match "v2: exec sits in it too" "^exec 0::/$" "$seen"
    check_match "v2: the tree is mounted at /sys/fs/cgroup" "on /sys/fs/cgroup type cgroup2 \(ro" "$seen"
    check_match "v2: pause freezes" "frozen 1" "$seen"
    check_match "v2: resume thaws" "frozen 0" "$seen"
    check_match "v2: nothing is left" "cannot access" "$seen"
else
    skip "cgroup v2" "cannot be mounted here"
fi
finish
