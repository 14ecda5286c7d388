#!/bin/bash
# Lab sandboxes: the learner is root there, nothing reaches the host, limits hold, a lease ends with its connection, nothing stays.
. "$(dirname "$0")/../lib.sh"
engine_start

post() { api POST "/slipway/sandboxes$1" -H 'Content-Type: application/json' -d "$2"; }
inside() { # COMMAND: its output, through the exec API
    local id
    id=$(api POST "/containers/$BOX/exec" -H 'Content-Type: application/json' -d "$(jq -n --arg c "$1" '{Cmd:["sh","-c",$c],AttachStdout:true,AttachStderr:true,Tty:true}')" | jq -r .Id)
    api POST "/exec/$id/start" -H 'Content-Type: application/json' -d '{"Tty":true}' | tr -d '\r'
}
field() { api GET /slipway/sandboxes | jq -r ".[0].$1"; }
count() { api GET /slipway/sandboxes | jq length; }

check_eq "there is none at first" 0 "$(count)"
check_match "a sandbox is made" '"Name":"lab-wires-0"' "$(post '' '{"lab":"wires","memory":67108864,"pids":40,"cpus":0.5}')"
BOX=lab-wires-0 PID=$(field pid)
check_match "one for each lab and person" 'already in use' "$(post '' '{"lab":"wires"}')"
check_eq "docker ps does not show it" 0 "$(api GET '/containers/json?all=1' | jq length)"
check_eq "the overview does" wires "$(api GET /slipway/overview | jq -r '.sandboxes[0].lab')"
check_eq "root inside" 0 "$(inside 'id -u')"
check_eq "is nobody outside" 268435456 "$(awk '/^Uid/ {print $2}' "/proc/$PID/status")"
check_match "65536 ids of its own" '^ +0 +268435456 +65536$' "$(cat "/proc/$PID/uid_map")"
check_eq "every namespace is its own" 8 "$(for n in cgroup ipc mnt net pid time user uts; do [ "$(readlink /proc/$PID/ns/$n)" != "$(readlink /proc/self/ns/$n)" ] && echo $n; [ $n = time ] && echo time; done | sort -u | wc -l)"
check_eq "hostname" lab "$(inside hostname)"
check_eq "no way out of its network" lo "$(inside 'ls /sys/class/net' | xargs)"
check_match "namespaces and wires can be made" '0% packet loss' "$(inside 'ip netns add red && ip netns add blue && ip link add wr type veth peer name wb && ip link set wr netns red && ip link set wb netns blue && ip -n red addr add 10.0.0.1/24 dev wr && ip -n blue addr add 10.0.0.2/24 dev wb && ip -n red link set wr up && ip -n blue link set wb up && ip netns exec red ping -c1 -W2 10.0.0.2')"
check_match "the X-ray sees them" 'red' "$(api GET "/slipway/containers/$BOX/network" | jq -c '[.namespaces[].name]')"
check_eq "a memory group can be made by hand" 10485760 "$(inside 'd=/sys/fs/cgroup/memory f=memory.limit_in_bytes; [ -d $d ] || { d=/sys/fs/cgroup; f=memory.max; }; mkdir $d/demo && echo 10485760 >$d/demo/$f && cat $d/demo/$f')"
check_match "an overlay can be mounted at /work" '^ok$' "$(inside 'cd /work && mkdir l u w m && echo x >l/f && mount -t overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w o m && cat m/f >/dev/null && echo ok')"
check_match "the host's devices are out of reach" 'not permitted|denied' "$(inside 'mknod /tmp/d b 254 0 && cat /tmp/d')"
check_match "and so is the host's root" 'not permitted|denied|No such|nonexistent' "$(inside 'echo 1 >/proc/sys/kernel/sysrq')"
check_match "a fork bomb ends at its limit" 'fork|Resource|retry' "$(inside 'i=0; while [ $i -lt 80 ]; do sleep 30 & i=$((i+1)); done 2>&1 | tail -1; kill $(pidof sleep)')"
engine_kill9
engine_start
check_eq "a sandbox outlives a killed daemon" "$PID" "$(field pid)"
check_eq "and still takes commands" 0 "$(inside 'id -u')"
check_eq "it is ended by name" 204 "$(api DELETE "/slipway/sandboxes/$BOX" -o /dev/null -w '%{http_code}')"
check "its processes are gone" wait_for 5 eval '! kill -0 $PID'

curl -sN --max-time 30 --unix-socket "$SOCK" -X POST -H 'Content-Type: application/json' -d '{"lab":"leased"}' 'http://d/slipway/sandboxes?lease=1' >"$TMP/lease" &
LEASE=$!
check "a lease begins with one line" wait_for 5 grep -q '"Name":"lab-leased-0"' "$TMP/lease"
PID=$(field pid)
kill -9 $LEASE
wait $LEASE 2>/dev/null
check "the sandbox goes when its holder is killed" wait_for 5 eval '[ "$(count)" = 0 ] && ! kill -0 $PID'
rm "$TMP/lease"
curl -sN --max-time 60 --unix-socket "$SOCK" -X POST -H 'Content-Type: application/json' -d '{"lab":"leased"}' 'http://d/slipway/sandboxes?lease=1' >"$TMP/lease" &
wait_for 5 grep -q Name "$TMP/lease"; PID=$(field pid)
claim() { exec curl -sN --max-time 60 --unix-socket "$SOCK" -X POST "http://d/slipway/sandboxes/lab-leased-0/lease" "$@"; }
check_eq "what has its connection is not for another" 409 "$(claim -o /dev/null -w '%{http_code}')"
engine_kill9; engine_start
check_eq "a leased one outlives the daemon" "1 $PID" "$(count) $(field pid)"
claim >"$TMP/again" &
CLAIM=$!
check "and waits for who held it" wait_for 5 grep -q '"Name":"lab-leased-0"' "$TMP/again"
kill -9 $CLAIM; wait $CLAIM 2>/dev/null
check "with whom it goes" wait_for 5 eval '[ "$(count)" = 0 ] && ! kill -0 $PID'
rm "$TMP/lease"
curl -sN --max-time 60 --unix-socket "$SOCK" -X POST -H 'Content-Type: application/json' -d '{"lab":"leased"}' 'http://d/slipway/sandboxes?lease=1' >"$TMP/lease" &
wait_for 5 grep -q Name "$TMP/lease"; PID=$(field pid)
engine_kill9; engine_start
check "when nobody comes it goes too" wait_for 30 eval '[ "$(count)" = 0 ] && ! kill -0 $PID'
check_match "init's end is the sandbox's" '^0$' "$(post '' '{"lab":"brief"}' >/dev/null; kill -9 "$(field pid)"; wait_for 5 eval '[ "$(count)" = 0 ]'; count)"

# What a user namespace cannot do, and the engine or a bind does for it.
post '' '{"lab":"devices"}' >/dev/null
BOX=lab-devices-0
if [ -d /sys/fs/cgroup/devices ]; then
    inside 'mkdir /sys/fs/cgroup/devices/box' >/dev/null
    check_match "a device rule written by hand is refused" 'not permitted|I/O error' "$(inside 'echo "c 1:3 rwm" >/sys/fs/cgroup/devices/box/devices.deny')"
    check_eq "by cgset the engine writes it" 0 "$(inside 'cgset -r devices.deny="c 1:3 rwm" box 2>/dev/null; grep -c "1:3" /sys/fs/cgroup/devices/box/devices.list')"
    check_match "and it bites" 'not permitted' "$(inside 'echo $$ >/sys/fs/cgroup/devices/box/cgroup.procs; cat /dev/null')"
    check_match "no more is allowed than the machine may" 'not permitted' "$(inside 'cgset -r devices.allow="b 7:0 rwm" box')"
    check_match "nor for another group than one below the machine's" 'no group' "$(inside 'cgset -r devices.allow=a ../../..')"
    check_match "nor for the machine's own" 'no group' "$(inside 'cgset -r devices.deny=a /')"
    check_match "only its root is heard" 'only the root' "$(inside 'setpriv --reuid 1000 cgset -r devices.deny=a box')"
    check_match "only about devices" 'only devices.allow' "$(inside 'docker-init --host memory.limit_in_bytes box 1')"
    engine_kill9
    engine_start
    check_eq "also after a restart of the engine" 0 "$(inside 'cgset -r devices.deny="c 1:5 rwm" box 2>/dev/null; grep -c "1:5" /sys/fs/cgroup/devices/box/devices.list')"
fi
check_eq "mknod of what every container has binds it" 1 "$(inside 'mknod /root/z c 1 5 2>/dev/null && head -c 1 /root/z | wc -c')"
check_match "of anything else it says why not" 'makes no device nodes' "$(inside 'mknod /root/d b 7 0')"
api DELETE /slipway/sandboxes/$BOX

# The disk: everything written in a machine, bytes and inodes.
loops() { losetup -l -n -O BACK-FILE | grep -cF "$DATA/"; }
check_match "a machine with a small disk" '"Name":"lab-small-0"' "$(post '' '{"lab":"small","disk":33554432,"inodes":2048}')"
BOX=lab-small-0
check_match "its root is full at its size" 'No space left' "$(inside 'dd if=/dev/zero of=/root/fill bs=1M count=64')"
check_match "and /work with it: it is one disk" 'No space left' "$(inside 'dd if=/dev/zero of=/work/more bs=64k count=16')"
check_eq "no more is written on the host" yes "$(du -m --max-depth=0 "$DATA"/containers/*/disk.ext4 | awk '{print $1 <= 32 ? "yes" : $1}')"
check_match "files run out as well" 'No space left' "$(inside 'rm /root/fill /work/more; mkdir /work/n; for i in $(seq 3000); do : >/work/n/$i || break; done 2>&1 | tail -1')"
check_match "root may write again after tidying up" '^ok$' "$(inside 'rm -rf /work/n; echo ok >/work/f && cat /work/f')"
check_match "reading and writing have a speed" '^[0-9]+:[0-9]+ (rbps=67108864 wbps=)?67108864( |$)' "$(cat /sys/fs/cgroup/blkio/*/"$(field Id)"/inner/blkio.throttle.write_bps_device /sys/fs/cgroup/*/"$(field Id)"/io.max 2>/dev/null)"
check_match "which the learner cannot change" 'ermission denied' "$(inside '{ echo "7:0 0" >/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device || echo "7:0 wbps=max" >/sys/fs/cgroup/io.max; } 2>&1 | tail -1')"
check_eq "root becomes somebody else without a password" "nobody 65534" "$(inside 'su nobody -s /bin/sh -c "echo \$(id -un) \$(id -u)"')"
check_match "and nobody else does" '^su: (Permission|Authentication)' "$(inside 'su nobody -s /bin/sh -c "su -c id </dev/null"' | tail -1)"
check_eq "nsenter goes into every namespace of a process" 1 "$(inside 'unshare -muinpf --mount-proc sleep 60 & for i in $(seq 200); do p=$(pidof sleep) && break; sleep 0.05; done; nsenter --all --target "$p" sh -c "echo \$PPID" | grep -c .; kill -9 "$p"')"
check_eq "files and sockets: 16384 a process" 16384 "$(inside 'ulimit -Hn')"
check_match "no process raises that" 'ermitted|ermission' "$(inside 'ulimit -Hn 20000')"
check_match "nor the bounds on namespaces" 'ermission denied' "$(inside 'echo 1000 >/proc/sys/user/max_net_namespaces')"
check_eq "not even in a user namespace of its own" 64 "$(inside 'unshare -Ur sh -c "echo 1000 >/proc/sys/user/max_net_namespaces"; cat /proc/sys/user/max_net_namespaces')"
api DELETE /slipway/sandboxes/$BOX
check "its loop device is free again" wait_for 5 eval '[ "$(loops)" = 0 ]'
check_match "a disk too small" 'at least' "$(post '' '{"lab":"x","disk":4096}')"

# Without loop devices there is no bound, and the engine says so.
engine_stop
mount --bind /dev/null /dev/loop-control
rm -rf "$DATA/machines"
engine_start
check_match "a machine starts without loop devices" '"Name":"lab-unbound-0"' "$(post '' '{"lab":"unbound"}')"
BOX=lab-unbound-0
check_match "and its root owns its disk" '^0 0$' "$(inside 'touch /work/f /f && stat -c "%u %g" /work/f /f | sort -u')"
check_match "the log says what is missing" 'have no bound.*loop' "$(cat "$TMP/engine.log")"
api DELETE /slipway/sandboxes/$BOX
umount /dev/loop-control

check_match "a lab without a name" 'must be a lab' "$(post '' '{}')"
check_match "a name that is a path" 'must be a lab' "$(post '' '{"lab":"../x"}')"
check_match "an image that is not there" 'No such image' "$(post '' '{"lab":"x","image":"nosuch"}')"
check_match "too little memory" 'Minimum memory limit' "$(post '' '{"lab":"x","memory":4096}')"
check_match "a sandbox that is not there" 'No such container' "$(api DELETE /slipway/sandboxes/lab-nosuch-0)"
check_eq "none of these left anything" 0 "$(count)"
check "no directory, no group" wait_for 5 eval '[ "$(ls "$DATA/containers" "$EXEC/containers" | grep -c "^[0-9a-f]\{64\}$")" = 0 ] && [ -z "$(find /sys/fs/cgroup -maxdepth 3 -type d -path "*/slipway-$(printf %s "$EXEC" | sha256sum | head -c 8)/*")" ]'
finish
