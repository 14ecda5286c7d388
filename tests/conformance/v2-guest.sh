#!/bin/bash
# pid 1 of the machine that v2.sh boots: a control group tree as systemd would leave it, then the tests, then the end.
exec </dev/null >/dev/ttyS0 2>&1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb BUILD=/v2/build

mkdir -p /dev/pts /dev/shm /dev/mqueue /run/lock
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t mqueue mqueue /dev/mqueue
ln -sf /proc/self/fd /dev/fd; ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
ip link set lo up
echo v2 >/proc/sys/kernel/hostname

tree=/sys/fs/cgroup
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 $tree
mkdir $tree/init.scope
echo 1 >$tree/init.scope/cgroup.procs
for controller in $(<$tree/cgroup.controllers); do echo "+$controller" >$tree/cgroup.subtree_control; done

code=0
cd /v2/tree || code=1
for test in "$@"; do
    timeout 900 bash "$test" </dev/null || code=1
done
echo "v2-guest: exit $code"
sync
echo 0 >/proc/sys/kernel/printk
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
