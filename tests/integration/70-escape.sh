#!/bin/bash
# What a curious learner tries from inside a lab machine, and real ways out of containers. Each attempt is made twice: by the host's own
# root, where it must succeed, or it would prove nothing, and in the machine, where it must not.
. "$(dirname "$0")/../lib.sh"
engine_start

post() { api POST /slipway/sandboxes -H 'Content-Type: application/json' -d "$1"; }
check "the images come" wait_for 30 "$B/slipway" image inspect slipway/lab busybox
A=$(post '{"lab":"a","engine":true,"memory":268435456}' | jq -r .Id)
post '{"lab":"b"}' >/dev/null
S exec lab-b-0 bash -c 'echo secret-of-b >/root/other-secret; setsid sleep 976543 >/dev/null 2>&1 &' </dev/null

# On the host: a file, an exam's database, a process, a listener of each kind, a device with a file system.
echo secret-of-the-host >"$TMP/secret"
echo secret-key >"$SLIPWAY_CLASS_DB"
sleep 987654 & MARK=$!
busybox nc -ll -p 17654 -e true & LISTENER=$!
python3 -c 'import socket,time; s=socket.socket(socket.AF_UNIX); s.bind("\0slt-abstract"); s.listen(); time.sleep(300)' & ABSTRACT=$!
mkdir "$TMP/tree" "$TMP/ro"; echo secret-of-the-disk >"$TMP/tree/on-disk"
truncate -s 4M "$TMP/disk.img"
/sbin/mkfs.ext4 -q -d "$TMP/tree" "$TMP/disk.img"
LOOP=$(losetup -f --show "$TMP/disk.img")
at_exit 'losetup -d "$LOOP"'
escape=$(program escape 2>"$TMP/gcc.log") && cp "$escape" "$TMP/escape" || not_ok "the helper compiles" "$(head -5 "$TMP/gcc.log")"
S cp "$TMP/escape" "$A:/usr/local/bin/escape"
mount --bind "$TMP/tree" "$TMP/ro" && mount -o remount,bind,ro "$TMP/ro"
BASE=/sys/fs/cgroup; [ ! -d $BASE/memory ] || BASE=$BASE/memory
GROUP=$(ls -d $BASE/slipway-*/"$A")
LAYER=$(S exec "$A" sh -c 'ls -d /usr/lib/slipway/layers/* | head -1')

export SECRET=$TMP/secret DB=$SLIPWAY_CLASS_DB ENGINE=$SOCK MARK MINOR=${LOOP#/dev/loop}
HERE="FIRST=$MARK RO=$TMP/ro LIMIT=$GROUP PATH=$TMP:\$PATH"
THERE="FIRST=1 RO=$LAYER LIMIT=$BASE PATH=\$PATH"
COMMON='d=$(mktemp -d); cd /; reached() { echo REACHED; }; same() { v=$(cat "$1") && echo "$v" >"$1" && reached; }; on() { mount "$@" $d && reached; umount -l $d; }'

# All are gathered and then made in two goes. Each is a bash of its own, which ends by itself.
NAMES=() SCRIPTS=
attempt() { NAMES+=("$1"); SCRIPTS+="$(printf 'out=$(timeout 5 $own bash -c %q 2>/dev/null </dev/null | tr -d "\\0" | grep -c REACHED); echo %d $out' "$COMMON; $2" "${#NAMES[@]}")"$'\n'; }
call() { attempt "$1" "escape $2"; }

attempt "mount the host's disk" 'mknod $d/n b 7 $MINOR && mkdir $d/m && mount $d/n $d/m && cat $d/m/on-disk && reached'
attempt "read a raw block device" 'mknod $d/n b 7 $MINOR && head -c 1 $d/n && reached'
attempt "read a raw block device where it is" 'head -c 1 /dev/loop$MINOR && reached'
attempt "see all devices" 'mount -t devtmpfs x $d && [ -e $d/loop$MINOR ] && reached; umount $d'
attempt "a loop device for a disk of one'\''s own" 'truncate -s 1M $d/f && l=$(losetup -f --show $d/f) && reached; losetup -d $l'
attempt "memory of the kernel" 'mknod $d/n c 1 1 && : <$d/n && reached'
attempt "the kernel's messages" 'mknod $d/n c 1 11 && : <$d/n && reached'
for key in kernel/core_pattern kernel/modprobe kernel/panic kernel/sysrq vm/swappiness vm/overcommit_memory vm/drop_caches fs/file-max fs/mount-max kernel/keys/maxkeys kernel/threads-max net/core/bpf_jit_enable; do
    attempt "write /proc/sys/$key" "f=/proc/sys/$key; [ \$f != /proc/sys/vm/drop_caches ] && same \$f || { [ \$f = /proc/sys/vm/drop_caches ] && echo 0 >\$f; [ -w \$f ] && reached; }"
done
attempt "write /proc/sysrq-trigger" 'echo h >/proc/sysrq-trigger && reached'
attempt "read /proc/kcore" 'head -c 1 /proc/kcore | grep -q . && reached'
attempt "write to an interrupt's affinity" 'same /proc/irq/default_smp_affinity'
for file in /sys/kernel/mm/transparent_hugepage/enabled /sys/block/loop0/queue/read_ahead_kb /sys/kernel/profiling /sys/module/kernel/parameters/panic /sys/kernel/uevent_helper /sys/kernel/mm/ksm/run; do
    attempt "write $file" "v=\$(sed 's/.*\[\(.*\)\].*/\1/' $file) && echo \"\$v\" >$file && reached"
done
for type in debugfs tracefs securityfs pstore configfs; do attempt "mount $type" "on -t $type x"; done
attempt "make a hierarchy of cgroups" 'on -t cgroup -o none,name=slt-escape x'
attempt "set a release agent" 'for c in memory pids cpu rdma; do mount -t cgroup -o $c x $d 2>/dev/null && same $d/release_agent; umount $d; done'
attempt "set one where the groups are" 'for f in /sys/fs/cgroup/*/release_agent; do same $f; done'
attempt "raise one's own limit of memory" 'for f in $LIMIT/memory.limit_in_bytes $LIMIT/memory.max; do [ -e $f ] && same $f; done'
attempt "leave one's own limit of processes" 'for f in ${LIMIT/memory/pids}/pids.max; do same $f; done'
attempt "allow oneself devices" 'for f in ${LIMIT/memory/devices}/devices.allow; do echo "c 1:3 rwm" >$f && reached; done'
call "load a module" module
call "load another kernel" kexec
call "the kernel's log" log
call "programs in the kernel (bpf)" bpf
call "performance counters of all" perf
call "io_uring" io_uring
call "faults handled by oneself (userfaultfd)" userfaultfd
call "the kernel's keyrings" keyring
call "a key" key
call "set the clock" clock
call "swap" swap
call "process accounting" accounting
call "restart" reboot
call "quotas" quota
call "the ports of the machine" ports
call "sockets of the hypervisor" vsock
call "sockets of the kernel's ciphers" alg
call "a file by its handle, below no root" handle
attempt "a file of the host" 'cat $SECRET && reached'
attempt "by way of the first process" 'cat /proc/$FIRST/root$SECRET && reached'
attempt "by way of its directory" 'cat /proc/$FIRST/cwd/../../../../../..$SECRET && reached'
call "out of a chroot" "chroot $SECRET"
call "by a descriptor left open" "descriptors $SECRET"
attempt "the namespaces of process 1" 'nsenter -t $FIRST -m -- test -e $SECRET && reached'
attempt "the exam's database" 'grep -q secret-key $DB && reached'
attempt "the engine's socket" 'curl -s --unix-socket $ENGINE http://d/_ping | grep -q OK && reached'
attempt "a listener of the host" 'timeout 2 bash -c "echo >/dev/tcp/127.0.0.1/17654" && reached'
call "a socket of the host by an abstract name" "abstract slt-abstract"
attempt "processes of the host" 'grep -las 987654 /proc/[0-9]*/cmdline | grep -v self | grep -q "^/proc/$MARK/" && reached'
call "trace a process of the host" "trace $MARK"
call "its memory" "memory $MARK"
attempt "kill it" '[ "$(tr "\0" " " </proc/$MARK/cmdline)" = "sleep 987654 " ] && kill -0 $MARK && reached'
attempt "processes of another learner" 'grep -las 976543 /proc/[0-9]*/cmdline | xargs -r -n1 dirname | while read -r p; do [ "$(tr "\0" " " <$p/cmdline)" = "sleep 976543 " ] && reached; done'
attempt "files of another learner" 'find /root /work /proc/[0-9]*/root/root -maxdepth 1 -name other-secret 2>/dev/null | grep -q . && reached'
attempt "write to what is shared read-only" 'mount -o remount,bind,rw $RO; mount -o remount,rw $RO; touch $RO/evil $RO/bin/evil; [ -e $RO/evil ] && reached; rm -f $RO/evil'
attempt "change the engine's programs" 'p=/usr/lib/slipway/bin/slipwayd; [ -e $p ] || { p=$d/copy; : >$p; }; mount -o remount,bind,rw $p; echo >>$p && reached'
attempt "what the disk is mounted from" 'l=$(awk "\$2 == \"/work\" {print \$1}" /proc/mounts); head -c 1 ${l:-/dev/loop$MINOR} && reached'

words="SECRET=$SECRET DB=$DB ENGINE=$ENGINE MARK=$MARK MINOR=$MINOR"
host=$(bash -c "export $words $HERE own='unshare -m'; $SCRIPTS" 2>/dev/null </dev/null)
inside=$("$B/slipway" exec -i "$A" bash -s 2>/dev/null <<<"export $words $THERE own=; $SCRIPTS")
for i in "${!NAMES[@]}"; do
    n=$((i + 1))
    if ! grep -q "^$n [1-9]" <<<"$host"; then skip "${NAMES[$i]}" "this host's own root cannot either"; continue; fi
    check_eq "${NAMES[$i]}" "$n 0" "$(grep "^$n " <<<"$inside")"
done

check "the machine is well after all this" test "$(S exec "$A" echo well)" = well
check_eq "and nobody outside has lost anything" "secret-of-the-host secret-of-b" "$(cat "$TMP/secret") $(S exec lab-b-0 cat /root/other-secret)"
check_eq "no program in the outer store has changed" "" "$(find "$DATA/overlay2" -name evil)"
kill $MARK $LISTENER $ABSTRACT 2>/dev/null
umount "$TMP/ro"
finish
