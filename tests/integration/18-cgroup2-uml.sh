#!/bin/bash
# The tests of the runtime and of the engine's containers once more under a kernel that has cgroup v2 alone: User-Mode Linux over this
# machine's own root file system, which stays as it is below a layer in memory. What they say is passed on, with "v2:" before it.
#   18-cgroup2-uml.sh [SCRIPT...]     default: those in which control groups matter, and that fit into the time
# SLIPWAY_UML_SECONDS (540) bounds it all: then the machine is ended, and with it everything in it.
. "$(dirname "$0")/../lib.sh"
command -v linux.uml >/dev/null || DEBIAN_FRONTEND=noninteractive timeout -k 5 120 apt-get -o DPkg::Lock::Timeout=60 install -y -qq \
    --no-install-recommends user-mode-linux >/dev/null 2>&1
UML=$(command -v linux.uml || true)
[ -n "$UML" ] || { skip "all of it" "the Debian package user-mode-linux is not installed, and cannot be"; finish; }
MODULES=$(find /usr/lib/uml/modules -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort -V | tail -1)
[ -e "$MODULES/kernel/fs/overlayfs/overlay.ko" ] || { skip "all of it" "the modules of user-mode-linux are not where they were looked for"; finish; }
[ $# -gt 0 ] || set -- tests/integration/{13-oci-cgroups,10-oci}.sh

mkdir "$TMP/channel"
truncate -s 2G "$TMP/disk" # owners can be mapped there, which a tmpfs of that kernel does not know
mkfs.ext4 -q -F "$TMP/disk"
: >"$TMP/channel/out"
# pid 1 of the machine. What its tests need to write lies in memory; what they say goes out through the channel.
cat >"$TMP/channel/init" <<INIT
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 BUILD=$B
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
exec chroot . /bin/bash /run/channel/tests
INIT
cat >"$TMP/channel/tests" <<TESTS
umount -l /.old
cd $ROOT
for module in veth bridge tun loop; do modprobe \$module 2>/dev/null; done
{
    for test in $(printf '%q ' "$@"); do
        SECONDS=0
        timeout -k 5 ${SLIPWAY_UML_SECONDS:-540} bash \$test </dev/null 2>&1 || echo "# \$test: ended with \$?"
        echo "#   \$(basename \$test .sh) took \$SECONDS s there"
    done
    echo "# the end of the machine"
} >/run/channel/out
sync
echo o >/proc/sysrq-trigger
sleep 60
TESTS
chmod 755 "$TMP" "$TMP/channel" "$TMP/channel/init"

# Its memory is a file in /dev/shm. In a pid namespace of its own: when its first process is ended, so is every other.
TMPDIR=/dev/shm timeout -k 5 "${SLIPWAY_UML_SECONDS:-540}" unshare --pid --fork --kill-child=KILL "$UML" mem=1536M rootfstype=hostfs rootflags=/ ro ubda="$TMP/disk" \
    init="$TMP/channel/init" con=null con0=null,fd:1 quiet selinux=0 cgroup_no_v1=all </dev/null >"$TMP/console" 2>&1
grep -aE '^(ok|not ok|skip) - ' "$TMP/channel/out" | sed -E "s/^(ok|not ok|skip) - /\1 - $TEST: v2: /"
grep -aE '^#' "$TMP/channel/out"
[ "$(grep -ac '^not ok - ' "$TMP/channel/out")" = 0 ] || FAILED=1
if ! grep -aqx '# the end of the machine' "$TMP/channel/out"; then
    not_ok "the machine came to its end" "$(tail -5 "$TMP/channel/out")" "console: $(tail -5 "$TMP/console")"
fi
finish
