#!/bin/bash
# pid 1 of the machine that v2.sh boots: a control group tree as systemd would leave it, then the tests, then the end. With --systemd
# first, systemd becomes pid 1 instead, and runs the tests as a service of its own (--run).
exec </dev/null >/dev/ttyS0 2>&1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb BUILD=/v2/build

prepare() {
    mkdir -p /dev/pts /dev/shm /dev/mqueue /run/lock
    mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
    mount -t tmpfs -o mode=1777 shm /dev/shm
    mount -t mqueue mqueue /dev/mqueue
    ln -sf /proc/self/fd /dev/fd; ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
    ip link set lo up
    echo v2 >/proc/sys/kernel/hostname
}

make_tree() {
    local tree=/sys/fs/cgroup
    mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 $tree
    mkdir $tree/init.scope
    echo 1 >$tree/init.scope/cgroup.procs
    for controller in $(<$tree/cgroup.controllers); do echo "+$controller" >$tree/cgroup.subtree_control; done
}

# Only what groups need of systemd: nothing is logged, mounted, synchronised or cleaned up.
become_systemd() {
    local unit
    mkdir -p /run/systemd/system && cd /run/systemd/system || return
    printf '[Unit]\nRequires=basic.target tests.service\nAfter=basic.target\nAllowIsolate=yes\n' >tests.target
    printf '[Unit]\nAfter=basic.target\nRequires=basic.target\n[Service]\nDelegate=yes\nExecStart=/bin/bash /v2/tree/tests/conformance/v2-guest.sh --run %s\n' "$*" >tests.service
    for unit in systemd-{tmpfiles-setup,tmpfiles-setup-dev,tmpfiles-clean,update-utmp,sysusers,udevd,udev-trigger,binfmt,random-seed,machine-id-commit,journald,journal-flush,hwdb-update,modules-load,timesyncd,networkd,resolved}.service \
        systemd-tmpfiles-clean.timer systemd-udevd-{kernel,control}.socket systemd-journald{,-dev-log,-audit}.socket {e2scrub_all,apt-daily,apt-daily-upgrade}.timer; do
        ln -s /dev/null "$unit"
    done
    rm -rf /etc/systemd/system/*.wants
    : >/etc/fstab
    exec /lib/systemd/systemd --unit=tests.target --log-target=kmsg --show-status=0
}

case ${1:-} in
--systemd) shift; prepare; become_systemd "$@" ;;
--run) shift ;;
*) prepare; make_tree ;;
esac

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
