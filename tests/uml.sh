# Sourced after lib.sh by tests that run others once more under a kernel that has cgroup v2 alone: User-Mode Linux over this machine's
# own root file system, which stays as it is below a layer in memory. What they say is passed on, with "v2:" before it.
# SLIPWAY_UML_SECONDS (1100) bounds it all: then the machine is ended, and with it everything in it.
# shellcheck shell=bash
UML_SECONDS=${SLIPWAY_UML_SECONDS:-$((1100 * ${PATIENCE:-1}))}

uml_needs() {
    command -v linux.uml >/dev/null || DEBIAN_FRONTEND=noninteractive timeout -k 5 120 apt-get -o DPkg::Lock::Timeout=60 install -y -qq \
        --no-install-recommends user-mode-linux >/dev/null 2>&1
    UML=$(command -v linux.uml || true)
    [ -n "$UML" ] || { skip "all of it" "the Debian package user-mode-linux is not installed, and cannot be"; return 1; }
    MODULES=$(find /usr/lib/uml/modules -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort -V | tail -1)
    [ -e "$MODULES/kernel/fs/overlayfs/overlay.ko" ] && return
    skip "all of it" "the modules of user-mode-linux are not where they were looked for"
    return 1
}

# pid 1 of the machine. What its tests need to write lies in memory; what they say goes out through the channel.
uml_init() {
    cat <<INIT
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 BUILD=$B PATIENCE=${PATIENCE:-1} SLIPWAY_CYCLES=40
mount -t proc proc /proc
mount -t tmpfs -o mode=755,size=90% ram /mnt && cd /mnt && mkdir modules upper work root channel
mount -t hostfs -o $MODULES modules modules && mount -t hostfs -o $TMP/channel channel channel
busybox insmod modules/kernel/fs/overlayfs/overlay.ko && mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work root root || exec poweroff -f
cd root
for pair in proc:proc sysfs:sys devtmpfs:dev tmpfs:run; do mount -t \${pair%:*} none \${pair#*:}; done
mount -t ext4 dev/ubda tmp && chmod 1777 tmp
for place in $ROOT $B; do mkdir -p .\$place; mount -r -t hostfs -o \$place none .\$place; done
ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
mkdir -p dev/pts dev/shm dev/mqueue run/channel run/lock lib/modules/${MODULES##*/}
mount -t devpts -o newinstance,ptmxmode=666 none dev/pts; mount -t tmpfs none dev/shm; mount -t mqueue none dev/mqueue
mount --bind ../channel run/channel; mount --bind ../modules lib/modules/${MODULES##*/}
mount -t cgroup2 -o nsdelegate none sys/fs/cgroup
mkdir sys/fs/cgroup/init.scope && echo 1 >sys/fs/cgroup/init.scope/cgroup.procs
for controller in \$(cat sys/fs/cgroup/cgroup.controllers); do echo +\$controller >sys/fs/cgroup/cgroup.subtree_control; done
mkdir -p .old && pivot_root . .old && hostname uml && ip link set lo up
exec chroot . /bin/bash /run/channel/tests $(printf '%q ' "$@")
INIT
}

# This kernel has tables of iptables' own only, and none of nftables' for addresses.
uml_tests() {
    cat <<TESTS
umount -l /.old
cd $ROOT
for module in veth bridge br_netfilter tun loop; do modprobe \$module 2>/dev/null; done
for program in {,/usr/sbin/}ip{,6}tables{,-save,-restore}; do ln -sf /usr/sbin/xtables-legacy-multi /usr/sbin/\${program##*/}; done
{
    . tests/leaks.sh
    leaks_before
    for test; do
        began=\${EPOCHREALTIME/./}
        timeout -k 5 $UML_SECONDS bash \$test </dev/null 2>&1; rc=\$?
        [ \$rc -le 1 ] || echo "not ok - \$(basename \$test .sh): ended with \$rc"
        echo "#   \$(basename \$test .sh) took \$(((\${EPOCHREALTIME/./} - began) / 1000000)) s there"
    done
    leaks_after
    echo "# the end of the machine"
} >/run/channel/out
sync
echo o >/proc/sysrq-trigger
sleep 60
TESTS
}

# The processors that this test may use, one a line.
processors() { local range; for range in $(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status | tr , ' '); do seq "${range%-*}" "${range#*-}"; done; }

# under_uml NUMBER SCRIPT...: each after the other. Every system call in there is some switches between two processes of this machine:
# kept on one processor they take a third of the time. Machines of different numbers are on different processors, where there are.
under_uml() {
    local cpus number=$1; shift
    uml_needs || return 0
    mapfile -t cpus < <(processors)
    mkdir "$TMP/channel"
    truncate -s 2G "$TMP/disk" # owners can be mapped there, which a tmpfs of that kernel does not know
    mkfs.ext4 -q -F "$TMP/disk"
    : >"$TMP/channel/out"
    uml_init "$@" >"$TMP/channel/init"
    uml_tests >"$TMP/channel/tests"
    chmod 755 "$TMP" "$TMP/channel" "$TMP/channel/init"
    # Its memory is a file in /dev/shm. In a pid namespace of its own: when its first process is ended, so is every other.
    TMPDIR=/dev/shm taskset -c "${cpus[number % ${#cpus[@]}]}" timeout -k 5 "$UML_SECONDS" unshare --pid --fork --kill-child=KILL \
        "$UML" mem=1536M rootfstype=hostfs rootflags=/ ro ubda="$TMP/disk" init="$TMP/channel/init" con=null con0=null,fd:1 quiet selinux=0 \
        cgroup_no_v1=all </dev/null >"$TMP/console" 2>&1
    grep -aE '^(ok|not ok|skip) - |^#' "$TMP/channel/out" | sed -E "s/^(ok|not ok|skip) - /\1 - $TEST: v2: /"
    [ "$(grep -ac '^not ok - ' "$TMP/channel/out")" = 0 ] || FAILED=1
    if ! grep -aqx '# the end of the machine' "$TMP/channel/out"; then
        not_ok "the machine came to its end" "$(tail -5 "$TMP/channel/out")" "console: $(tail -5 "$TMP/console")"
    fi
}
