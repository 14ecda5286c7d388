#!/bin/bash
# The runtime specification's sections "Namespaces", "User namespace mappings", "Offset for Time Namespace", "Sysctl" and the hostname
# (config-linux.md): all new, joined by their paths, mixed with user namespaces new and joined, by root and by a user without any rights.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"
chmod 755 "$TMP" # the roots of user namespaces search it
time="time"; [ -e /proc/self/ns/time ] || { time=; skip "time" "this kernel has no time namespaces"; }
spaces="mnt pid net uts ipc cgroup user${time:+ time}"
show='for n in '$spaces'; do echo $n=$(readlink /proc/self/ns/$n); done'
ours() { for n in $spaces; do echo "$n=$(readlink "/proc/self/ns/$n")"; done; }
of() { for n in $spaces; do echo "$n=$(readlink "/proc/$1/ns/$n")"; done; }
# same A B: the kinds in which two such lists agree
same() { comm -12 <(sort <<<"$1") <(sort <<<"$2") | cut -d= -f1 | xargs; }
add() { local kind; for kind; do printf ' | .linux.namespaces += [{"type":"%s"}]' "$kind"; done; }
# join KIND PATH ...: these by their paths, instead of new ones
join() { while [ $# -gt 0 ]; do printf ' | .linux.namespaces |= (map(select(.type != "%s")) + [{"type":"%s","path":"%s"}])' "$1" "$1" "$2"; shift 2; done; }
without() { local kind; for kind; do printf ' | .linux.namespaces |= map(select(.type != "%s"))' "$kind"; done; }
base=$((0x10000000 + 65536 * 79))
maps() { printf ' | .linux.uidMappings = %s | .linux.gidMappings = %s' "$1" "${2:-$1}"; }
range='[{"containerID":0,"hostID":'$base',"size":65536}]'

# --- new --------------------------------------------------------------------------------------------------------------------------
theirs=$(seen ".$(add user $time)$(maps "$range")" "$show")
check_eq "all kinds new" "$spaces, shared:" "$(cut -d= -f1 <<<"$theirs" | xargs), shared:$(same "$(ours)" "$theirs")"
for kind in pid network uts ipc cgroup; do
    file=${kind/network/net}
    check_eq "without $kind it is the runtime's" "$file" "$(same "$(ours | grep -vE '^(user|time)=')" "$(seen ".$(without "$kind") | del(.hostname)" "$show")")"
done
check_eq "pid: the process is the first" "1" "$(seen . 'echo $$')"
check_eq "network: its loopback is up, there is nothing else" "lo unknown" "$(seen . 'echo $(ls /sys/class/net) $(cat /sys/class/net/lo/operstate)')"
check_eq "uts: hostname and domainname" "here there" "$(seen '.hostname = "here" | .domainname = "there"' 'echo $(hostname) $(cat /proc/sys/kernel/domainname)')"
check_eq "ipc: no queue of the runtime's" "1" "$(seen . 'wc -l </proc/sysvipc/msg')"
check_eq "cgroup: what it sits in is the root" "/" "$(seen . 'head -1 /proc/self/cgroup | cut -d: -f3')"
refused "mount: there must be one" "a container needs a mount namespace of its own" ".$(without mount) | .linux.maskedPaths = [] | .linux.readonlyPaths = []"

# --- time -------------------------------------------------------------------------------------------------------------------------
offsets='.linux.timeOffsets = {"monotonic":{"secs":1000,"nanosecs":5},"boottime":{"secs":-3,"nanosecs":7}}'
if [ "$time" ]; then
    check_eq "time: offsets of both clocks" "monotonic 1000 5 boottime -3 7" "$(seen "$offsets$(add time)" 'cat /proc/self/timens_offsets' | xargs)"
    check_eq "time: in a user namespace too" "monotonic 1000 5 boottime -3 7" "$(seen "$offsets$(add time user)$(maps "$range")" 'cat /proc/self/timens_offsets' | xargs)"
    up=$(cut -d. -f1 /proc/uptime)
    check "time: the process itself is in it" test "$(seen '.linux.timeOffsets = {"boottime":{"secs":500000}}'"$(add time)" 'cut -d. -f1 /proc/uptime')" -ge $((up + 500000))
fi
refused "time: an unknown clock" 'no clock "realtime"' ".linux.timeOffsets = {\"realtime\":{\"secs\":1}}$(add time)"
refused "time: more than a second of nanoseconds" "nanosecs: 1000000000 is not below a second" ".linux.timeOffsets = {\"boottime\":{\"nanosecs\":1000000000}}$(add time)"
refused "time: offsets without a namespace" "time namespace offsets specified, but time namespace isn't enabled" "$offsets"

# --- user -------------------------------------------------------------------------------------------------------------------------
check_eq "user: mapped as the config says" "0 $base 65536" "$(seen ".$(add user)$(maps "$range")" 'cat /proc/self/uid_map' | xargs)"
two='[{"containerID":0,"hostID":'$base',"size":10},{"containerID":10,"hostID":'$((base + 100))',"size":20}]'
check_eq "user: several mappings, other ones for groups" "0 $base 10 10 $((base + 100)) 20 0 $base 65536" "$(seen ".$(add user)$(maps "$two" "$range")" 'cat /proc/self/uid_map /proc/self/gid_map' | xargs)"
check_eq "user: another user in it, with groups" "5 6 7" "$(seen ".$(add user)$(maps "$range") | .process.user = {\"uid\":5,\"gid\":6,\"additionalGids\":[7]}" 'echo $(id -u) $(id -G)')"
check_match "user: an id that is not mapped" "set the user to 70000: Invalid argument" "$(seen ".$(add user)$(maps "$range") | .process.user.uid = 70000")"
touch "$TMP/owned"; chown $base "$TMP/owned"
check_eq "user: what it owns outside is its own" "0" "$(seen ".$(add user)$(maps "$range") | .mounts += [{\"destination\":\"/etc/passwd\",\"type\":\"bind\",\"source\":\"$TMP/owned\",\"options\":[\"bind\"]}]" 'stat -c %u /etc/passwd')"
printf 'root:%s:1000\n' $base >"$TMP/subid"; : >"$TMP/nosubid"
for file in subuid subgid; do [ -e /etc/$file ] || : >/etc/$file; mount --bind "$TMP/subid" /etc/$file; done
check_eq "user: without mappings they come from /etc/subuid" "0 0 1 1 $base 1000" "$(seen ".$(add user)" 'cat /proc/self/uid_map' | xargs)"
check_eq "user: the process's user is the caller then" "3 0 1 0 $base 3 4 $((base + 3)) 997" "$(seen ".$(add user) | .process.user.uid = 3" 'cat /proc/self/uid_map' | xargs)"
for file in subuid subgid; do umount /etc/$file; mount --bind "$TMP/nosubid" /etc/$file; done
check_eq "user: without ranges the caller alone" "0 0 1" "$(seen ".$(add user)" 'cat /proc/self/uid_map' | xargs)"
refused "user: mappings that overlap" "uidMappings\[0\] and \[1\] overlap" ".$(add user)$(maps '[{"containerID":0,"hostID":1,"size":10},{"containerID":5,"hostID":100,"size":1}]')"
refused "user: a mapping of nothing" "uidMappings\[0\]: containerID 0, hostID 1, size 0 are no range" ".$(add user)$(maps '[{"containerID":0,"hostID":1,"size":0}]')"
refused "user: mappings without a namespace" "user namespace mappings specified, but user namespace isn't enabled" ".$(maps "$range")"

# --- joined -----------------------------------------------------------------------------------------------------------------------
unshare --pid --net --uts --ipc --cgroup ${time:+--time} --fork sleep 3000 2>/dev/null & unshare_pid=$!
holder() { pgrep -P "$unshare_pid" sleep; }
check "somebody holds namespaces" wait_for 10 holder
h=$(holder); theirs=$(of "$h")
n() { printf '/proc/%s/ns/%s' "$1" "$2"; }
all=$(join pid "$(n "$h" pid)" network "$(n "$h" net)" uts "$(n "$h" uts)" ipc "$(n "$h" ipc)" cgroup "$(n "$h" cgroup)" ${time:+time "$(n "$h" time)"})
sorted="cgroup ipc net pid${time:+ time} uts"
# Of version 2 only who has rights in a cgroup namespace may mount its tree; the host's gives none to a user namespace.
untreed=' | .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
check_eq "by path: each alone" "pid net uts ipc cgroup${time:+ time}" "$(for pair in pid:pid network:net uts:uts ipc:ipc cgroup:cgroup ${time:+time:time}; do
    same "$(grep -vE '^user=' <<<"$theirs")" "$(seen "del(.hostname)$(join "${pair%:*}" "$(n "$h" "${pair#*:}")")" "$show")"; done | xargs)"
check_eq "by path: all together" "$sorted" "$(same "$(grep -v '^user=' <<<"$theirs")" "$(seen "del(.hostname)$all" "$show")")"
check_eq "by path: the host's own, with a new user namespace" "$sorted" "$(same "$theirs" "$(seen "del(.hostname)$all$(add user)$(maps "$range")$untreed" "$show")")"
check_eq "by path: the runtime's own is no namespace of the container's" "net" "$(same "$(ours | grep net=)" "$(seen ".$(join network /proc/self/ns/net)" "$show")")"
bundle first ".linux.cgroupsPath = \"/$GROUP/first\"$(add user)$(maps "$range")" 'echo begun; sleep 3000'
background first first; check "a container with a user namespace" wait_for 10 grep -q begun "$TMP/first.out"
f=$(R state first | jq .pid)
check_eq "by path: a user namespace, all others new and its own" "user" "$(same "$(of "$f" | grep -v time=)" "$(seen ".$(join user "$(n "$f" user)")" "$show")")"
check_eq "by path: its process is root in it" "0 $base 65536 root" "$(seen ".$(join user "$(n "$f" user)")" 'echo $(cat /proc/self/uid_map) $(id -un)')"
pod=$(join user "$(n "$f" user)" network "$(n "$f" net)" ipc "$(n "$f" ipc)" uts "$(n "$f" uts)" pid "$(n "$f" pid)")
check_eq "by path: a pod: user, network, ipc, uts, pid of another container" "ipc net pid user uts" "$(same "$(of "$f" | grep -v time=)" "$(seen "del(.hostname)$pod" "$show")")"
check_eq "by path: a user namespace, and a network that is not its own" "net user" "$(same "$(of "$f" | grep user=; of "$h" | grep net=)" "$(seen ".$(join user "$(n "$f" user)" network "$(n "$h" net)")" "$show")")"
bundle second "del(.hostname) | .linux.cgroupsPath = \"/$GROUP/second\"$pod" 'echo begun; sleep 3000'
background second second; check "a second container in the first's namespaces" wait_for 10 grep -q begun "$TMP/second.out"
check_eq "exec: all namespaces of a container in a pod" "$(of "$(R state second | jq .pid)" | xargs)" "$(R exec second sh -c "$show" | xargs)"
check_eq "exec: root in the user namespace" "0 0 $base 65536" "$(R exec second sh -c 'echo $(id -u) $(cat /proc/self/uid_map)')"
bundle third "del(.hostname) | .linux.cgroupsPath = \"/$GROUP/third\"$all$(add user)$(maps "$range")$untreed" 'echo begun; sleep 3000'
background third third; check "a container with a user namespace in namespaces of the host's" wait_for 10 grep -q begun "$TMP/third.out"
check_eq "exec: its user namespace and the host's others" "$(of "$(R state third | jq .pid)" | xargs)" "$(R exec third sh -c "$show" | xargs)"
for id in third second first; do R delete -f $id; done
kill -9 "$h"; wait "$unshare_pid" 2>/dev/null

# --- mounts joined ----------------------------------------------------------------------------------------------------------------
mkdir -p "$TMP/there"
unshare -m --propagation private sh -c "mount -t tmpfs there '$TMP/there' && cp -a '$TMP/rootfs/.' '$TMP/there' && touch '$TMP/there/within' '$TMP/ready' && exec sleep 3000" >/dev/null 2>&1 & h=$!
AT_EXIT+=('[ -z "$h" ] || kill -9 "$h" 2>/dev/null')
check "somebody holds a mount namespace, with a root that is mounted in there only" wait_for 10 test -e "$TMP/ready"
there=".root.path = \"$TMP/there\""
points() { awk '{print $5}' "/proc/$1/mountinfo" | xargs; }
before=$(points "$h")
refused "mount: what fails" 'mount.*nosuchfs' "$there$(join mount "$(n "$h" mnt)") | .mounts += [{\"destination\":\"/tmp\",\"type\":\"nosuchfs\",\"source\":\"x\"}]"
check_eq "mount: and leaves the namespace as it was" "$before" "$(points "$h")"
refused "mount: with a new user namespace, which has no rights there" "a new user namespace has no rights in a mount namespace that is joined" "$there$(join mount "$(n "$h" mnt)")$(add user)$(maps "$range")"
bundle fourth "$there | .linux.cgroupsPath = \"/$GROUP/fourth\"$(join mount "$(n "$h" mnt)")" 'ls /proc/self/fd | xargs; cat /proc/self/mounts; echo begun; sleep 3000'
background fourth fourth; check "a container in it" wait_for 10 grep -q begun "$TMP/fourth.out"
f=$(R state fourth | jq .pid)
check_eq "mount: the namespace is the one that was given" "$(readlink "$(n "$h" mnt)")" "$(readlink "$(n "$f" mnt)")"
check "mount: root.path is looked for in there" test -e "/proc/$f/root/within"
check "mount: the root is that of all who are in it" test "/proc/$h/root" -ef "/proc/$f/root"
check_eq "mount: of the old one nothing is left" "/ /dev /proc /sys" "$(awk '{print $5}' "/proc/$h/mountinfo" | grep -E '^/[a-z]*$' | sort -u | xargs)"
check_match "mount: masked and read-only paths are" "^proc /proc/sys proc ro," "$(cat "$TMP/fourth.out")"
check_eq "mount: no descriptor is left open" "0 1 2 3" "$(head -1 "$TMP/fourth.out")"
check_eq "mount: exec goes there" "$(readlink "$(n "$h" mnt)") /within" "$(R exec fourth sh -c 'echo $(readlink /proc/self/ns/mnt) $(ls /within)')"
check_eq "mount: a second container of the same tree" "$(readlink "$(n "$h" mnt)") /within" "$(seen ".root.path = \"/\" | .mounts |= map(select(.destination == \"/proc\"))$(join mount "$(n "$f" mnt)")" 'echo $(readlink /proc/self/ns/mnt) $(ls /within)')"
check_eq "mount: which leaves the first one running" "fourth" "$(R exec fourth echo fourth)"
refused "mount: a root that is not there" "invalid rootfs: .*$TMP/rootfs" ".$(join mount "$(n "$f" mnt)")"
R delete -f fourth; kill -9 "$h"; wait "$h" 2>/dev/null; h=
bundle fifth ".linux.cgroupsPath = \"/$GROUP/fifth\"$(add user)$(maps "$range")" 'echo begun; sleep 3000'
background fifth fifth; check "a container with a user namespace of its own" wait_for 10 grep -q begun "$TMP/fifth.out"
f=$(R state fifth | jq .pid)
check_eq "mount: with the user namespace that it belongs to" "mnt user" "$(same "$(of "$f" | grep -E 'mnt|user')" "$(seen ".root.path = \"/\" | .mounts |= map(select(.destination == \"/proc\"))$(join mount "$(n "$f" mnt)" user "$(n "$f" user)")" "$show")")"
R delete -f fifth

# --- refused ----------------------------------------------------------------------------------------------------------------------
refused "a path that is no namespace" "/etc/passwd is not a uts namespace" ".$(join uts /etc/passwd)"
refused "a namespace of another kind" "/proc/self/ns/ipc is not a uts namespace" ".$(join uts /proc/self/ns/ipc)"
refused "a path that is not there" "open the network namespace /no/such: No such file" ".$(join network /no/such)"
refused "a relative path" 'the path "x" of the network namespace is not absolute' ".$(join network x)"
refused "one kind twice" 'duplicated namespace "pid"' ".$(add pid)"
refused "an unknown kind" 'namespace type "net" does not exist' ".$(add net)"
refused "mount: the runtime's own by its path" "/proc/self/ns/mnt is the runtime's own" ".$(join mount /proc/self/ns/mnt)"
bundle sixth ".$(join mount /proc/1/ns/mnt)" 'echo it ran'
check_match "mount: that of process 1" "/proc/1/ns/mnt is the machine's own" "$(unshare --pid --fork --mount-proc sh -c "unshare -m timeout 30 $OCI run -b '$TMP/sixth' sixth; exit 1" </dev/null 2>&1)"
refused "a hostname without a uts namespace" "unable to set hostname without a private UTS namespace" ".hostname = \"x\"$(without uts)"
refused "a domainname without a uts namespace" "unable to set domainname without a private UTS namespace" "del(.hostname) | .domainname = \"x\"$(without uts)"
refused "time: a path and offsets" "both namespace path and time offsets" "$offsets$(join time /proc/self/ns/time)"
refused "user: a path and mappings" "both namespace path and mappings" ".$(maps "$range")$(join user /proc/self/ns/user)"
refused "sysctl: of the machine" '"vm.swappiness" is not in a separate kernel namespace' '.linux.sysctl = {"vm.swappiness":"1"}'
refused "sysctl: of a network that is the runtime's" '"net.ipv4.ip_forward" not allowed in host network namespace' ".linux.sysctl = {\"net.ipv4.ip_forward\":\"1\"}$(without network)"
refused "sysctl: of a network that is the runtime's by its path" '"net.ipv4.ip_forward" not allowed in host network namespace' ".linux.sysctl = {\"net.ipv4.ip_forward\":\"1\"}$(join network /proc/self/ns/net)"
refused "sysctl: of an ipc namespace that is the runtime's" '"kernel.msgmax" is not allowed in the hosts ipc namespace' ".linux.sysctl = {\"kernel.msgmax\":\"1\"}$(without ipc)"
refused "sysctl: a domainname that is another one's" 'sysctl "kernel.domainname" is not allowed as it conflicts with the OCI "domainname" field' '.domainname = "a" | .linux.sysctl = {"kernel.domainname":"b"}'
refused "sysctl: the hostname, which has its own place" 'sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field' 'del(.hostname) | .linux.sysctl = {"kernel.hostname":"b"}'
check_eq "sysctl: of namespaces of its own" "1 4711 17 dom" "$(seen 'del(.domainname) | .linux.sysctl = {"net.ipv4.ip_forward":"1","kernel.msgmax":"4711","fs.mqueue.msg_max":"17","kernel.domainname":"dom"}' 'cd /proc/sys; echo $(cat net/ipv4/ip_forward kernel/msgmax fs/mqueue/msg_max kernel/domainname)')"

# --- network devices and Intel RDT -------------------------------------------------------------------------------------------------
pair() { ip link add "$1" type veth peer name "$1p" && ip addr add 10.99.0.1/24 dev "$1" && ip addr add 169.254.3.3/16 scope link dev "$1" && ip link set "$1" up; }
devices() { printf '.linux.netDevices = %s' "$1"; }
pair slt1; ip -6 addr add fd00:99::1/64 dev slt1 nodad 2>/dev/null && six="inet6 fd00:99::1/64"
out=$(seen "$(devices '{"slt1":{"name":"eth7"}}')" 'ip addr show eth7; ls /sys/class/net' 2>&1)
check_match "netDevices: moved under its new name, up" "eth7[@:].*UP" "$out"
check_match "netDevices: with its permanent addresses of global scope" "inet 10.99.0.1/24 scope global eth7" "$out"
[ -z "${six:-}" ] || check_match "netDevices: of both families" "$six" "$out"
check_no_match "netDevices: and no others" "169.254" "$out"
check_eq "netDevices: gone with the container, not back here" "" "$(wait_gone() { ! ip link show slt1p; }; wait_for 10 wait_gone; ip -o link show 2>/dev/null | grep -o 'slt1[@:]\|eth7')"
pair slt2; check_match "netDevices: without a new name" "slt2[@:].*UP" "$(seen "$(devices '{"slt2":{}}')$(add user)$(maps "$range")" 'ip addr show slt2')"
pair slt3; pair slt4
check_eq "netDevices: a template lets the kernel find a name" "eth0 eth1 lo" "$(seen "$(devices '{"slt3":{"name":"eth%d"},"slt4":{"name":"eth%d"}}')" 'ls /sys/class/net' | xargs)"
pair slt5; check_match "netDevices: into a namespace that is joined" "mine" "$(ip netns add "slt-$$" && seen "$(devices '{"slt5":{"name":"mine"}}')$(join network "/run/netns/slt-$$")" 'ls /sys/class/net'; ip netns del "slt-$$")"
pair slt6; refused "netDevices: a name that is taken there" "move the network device slt6 into the container as lo: File exists" "$(devices '{"slt6":{"name":"lo"}}')"
check "netDevices: stays where it is then" ip link show slt6
pair slt8
refused "netDevices: the second of two is not possible" "there is no network device slt7" "$(devices '{"slt6":{},"slt7":{}}')"
refused "netDevices: a name for two" "linux.netDevices gives two devices the name eth0" "$(devices '{"slt6":{"name":"eth0"},"slt8":{"name":"eth0"}}')"
refused "netDevices: a name that another keeps" "linux.netDevices gives two devices the name slt8" "$(devices '{"slt6":{"name":"slt8"},"slt8":{}}')"
check_eq "netDevices: the first is not lost then" "slt6 slt8" "$(ip -o link show type veth | grep -oE 'slt[68]@' | tr -d @ | sort | xargs)"
refused "netDevices: no such device" "there is no network device slt7" "$(devices '{"slt7":{}}')"
refused "netDevices: no such name" 'invalid network device name "a/b"' "$(devices '{"slt6":{"name":"a/b"}}')"
refused "netDevices: without a network namespace" "unable to move network devices without a NET namespace" "$(devices '{"slt6":{}}')$(without network)"
[ "$(stat -fc %T /sys/fs/resctrl 2>/dev/null)" = resctrl ] || refused "intelRdt: without a resctrl file system" "Intel RDT is not enabled: no resctrl" '.linux.intelRdt = {"closID":"x"}'

# --- without root's rights --------------------------------------------------------------------------------------------------------
nobody=54321
printf 'slt-oci:x:%s:%s::/:/bin/sh\n' $nobody $nobody | cat /etc/passwd - >"$TMP/passwd"; mount --bind "$TMP/passwd" /etc/passwd
mkdir "$TMP/rootless"; chown $nobody:$nobody "$TMP/rootless"
U() { setpriv --reuid $nobody --regid $nobody --clear-groups --inh-caps=-all env -i PATH="$PATH" timeout 30 "$B/slipway-oci" --root "$TMP/rootless/state" "$@" </dev/null; }
(cd "$TMP/rootless" && U spec --rootless && jq --arg root "$TMP/rootfs" '.root.path = $root | .process.terminal = false | del(.linux.cgroupsPath) | del(.linux.resources)' config.json >base.json)
rootless() { mkdir -p "$TMP/rootless/$1"; jq --arg c "$3" '.process.args = ["sh","-c",$c] | '"$2" "$TMP/rootless/base.json" >"$TMP/rootless/$1/config.json"; chown -R $nobody "$TMP/rootless/$1"; U run -b "$TMP/rootless/$1" "$1" 2>&1; }
alone='.linux.uidMappings = [{"containerID":0,"hostID":'$nobody',"size":1}] | .linux.gidMappings = .linux.uidMappings'
out=$(rootless one "$alone" 'id -u; cat /proc/self/uid_map /proc/self/setgroups; hostname; ls /proc/1/exe; echo x >/dev/null && echo null; grep CapEff /proc/self/status')
check_match "rootless: root in a user namespace of one id" "^0$" "$out"
check_match "rootless: which is the caller" "0 +$nobody +1$" "$out"
check_match "rootless: setgroups is given up" "^deny$" "$out"
check_match "rootless: mounts and devices are there" "^null$" "$out"
check_eq "rootless: all kinds of namespaces are new" "" "$(same "$(ours | grep -vE 'cgroup|time|net')" "$(rootless spaces "$alone" "$show")")"
check_match "rootless: oomScoreAdj and rlimits" "^200 77$" "$(rootless limits "$alone | .process.oomScoreAdj = 200 | .process.rlimits = [{\"type\":\"RLIMIT_NOFILE\",\"soft\":77,\"hard\":88}]" 'echo $(cat /proc/self/oom_score_adj) $(ulimit -n)')"
[ ! "$time" ] || check_match "rootless: time offsets" "^monotonic +5 +0$" "$(rootless time "$alone | .linux.namespaces += [{\"type\":\"time\"}] | .linux.timeOffsets = {\"monotonic\":{\"secs\":5}}" 'cat /proc/self/timens_offsets')"
check_match "rootless: without a user namespace, what to do" 'without root.s rights a container needs a user namespace; add' "$(rootless nouser '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)' true)"
mkdir -p "$TMP/rootless/held"; jq "$alone"' | .process.args = ["sh","-c","echo begun; sleep 3000"]' "$TMP/rootless/base.json" >"$TMP/rootless/held/config.json"
U create -b "$TMP/rootless/held" held >"$TMP/rootless.out" 2>&1 && U start held
check "rootless: create and start" wait_for 10 grep -q begun "$TMP/rootless.out"
check_eq "rootless: exec joins all its namespaces" "$(of "$(U state held | jq .pid)" | xargs)" "$(U exec held sh -c "$show" 2>&1 | xargs)"
check_eq "rootless: exec is root there" "0" "$(U exec held id -u 2>&1)"
U kill held KILL; gone() { [ "$(U state held | jq -r .status)" = stopped ]; }
check "rootless: kill" wait_for 10 gone
check_eq "rootless: delete" "" "$(U delete held 2>&1; U list -q)"
if command -v newuidmap >/dev/null; then
    printf 'slt-oci:%s:65536\n' $base >"$TMP/subid"
    for file in subuid subgid; do umount /etc/$file; mount --bind "$TMP/subid" /etc/$file; done
    out=$(rootless many 'del(.linux.uidMappings, .linux.gidMappings)' 'cat /proc/self/uid_map /proc/self/setgroups | xargs')
    check_eq "rootless: ranges of /etc/subuid by newuidmap" "0 $nobody 1 1 $base 65536 allow" "$out"
    check_eq "rootless: other users in it, with groups" "7 8 9" "$(rootless other 'del(.linux.uidMappings, .linux.gidMappings) | .process.user = {"uid":7,"gid":8,"additionalGids":[9]}' 'echo $(id -u) $(id -G)')"
    check_match "rootless: ranges that are not the caller's" "newgidmap: exit code 1: newgidmap: .*not allowed" \
        "$(rootless stolen '.linux.uidMappings = [{"containerID":0,"hostID":'$((base + 99999))',"size":10}] | .linux.gidMappings = .linux.uidMappings' true)"
else
    skip "rootless with ranges" "newuidmap is missing"
fi
check_eq "nothing is left" "" "$(R list -q; U list -q; groups_left '')"
finish
