#!/bin/bash
# `make test-cgroup2`: what touches cgroups, on a kernel that has only cgroup v2. Boots Debian's cloud kernel in qemu over this machine's
# own root file system, which is shared read-only below a layer in RAM, and runs tests of this repository in it.
#   tests/conformance/v2.sh [-i init|systemd] [TEST...]     default: v2-checks.sh and the integration tests in which cgroups matter; with
#                                                           systemd as pid 1 what its manager of groups is for, and v2-checks.sh
# V2_ACCEL=kvm|tcg overrides the choice of accelerator, V2_SECONDS (1800) bounds the run, V2_MEMORY (2048) is in MiB.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
cache=$BUILD/v2
init=init
if [ "${1:-}" = -i ]; then init=$2; shift 2; fi
if [ $# -eq 0 ] && [ "$init" = systemd ]; then set -- tests/conformance/{systemd,v2}-checks.sh; fi
if [ $# -eq 0 ]; then set -- tests/conformance/{v2,quota}-checks.sh tests/integration/{10-oci,13-oci-{cgroups,checkpoint,root},17-cgroup-v2-view,22-sandbox,22-sandbox-engine,50-labs}.sh; fi
[ "$(id -u)" = 0 ] || { echo "test-cgroup2 needs root: virtiofsd shares the root file system" >&2; exit 1; }

"$ROOT/.make/packages.sh" v2
mkdir -p "$cache"
scratch=$(mktemp -d /tmp/slv2-XXXXXX)
sharer=
cleanup() {
    [ -z "$sharer" ] || kill "$sharer" 2>/dev/null || true
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The kernel is unpacked, not installed: this machine's boot loader is none of our business.
fetch_kernel() {
    local package download=$scratch/download
    mkdir -p "$download"
    newest() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -1; }
    package=$(newest)
    [ -n "$package" ] || { apt-get update -qq && package=$(newest); }
    (cd "$download" && apt-get download -qq "$package" 2>/dev/null)
    rm -rf "$cache/kernel"
    dpkg -x "$download"/*.deb "$cache/kernel"
    depmod -b "$cache/kernel" "$(ls "$cache/kernel/lib/modules")"
}
[ -e "$cache/kernel/boot" ] || fetch_kernel
release=$(ls "$cache/kernel/lib/modules")

# pid 1 of the initial file system: puts the machine's root together and hands over to v2-guest.sh.
write_init() {
    cat <<EOF
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t devtmpfs devtmpfs /dev
while read -r module; do insmod "/modules/\$module"; done </modules/order
if grep -q slipway.probe /proc/cmdline; then echo slipway-alive >/dev/ttyS0; poweroff -f; fi
mount -t virtiofs -o ro host /host && mount -t tmpfs -o size=60% ram /ram && mkdir /ram/upper /ram/work &&
    mount -t overlay -o lowerdir=/host,upperdir=/ram/upper,workdir=/ram/work root /root && mount -t ext4 /dev/vda /disk ||
    { echo "v2: the machine's root cannot be put together" >/dev/ttyS0; poweroff -f; }
mkdir -p /root/v2/tree /root/v2/build /root/lib/modules/$release
mount -o bind "/root$ROOT" /root/v2/tree
mount -o bind "/root$BUILD" /root/v2/build
mount -o bind "/root$cache/kernel/lib/modules/$release" /root/lib/modules/$release
mount -o bind /disk /root/tmp && chmod 1777 /root/tmp
mount -t tmpfs -o mode=755 run /root/run
for place in proc sys dev; do mount -o move /\$place /root/\$place; done
exec switch_root /root /bin/bash /v2/tree/tests/conformance/v2-guest.sh $([ "$init" = init ] || echo "--$init") $(printf '%q ' "$@")
EOF
}

pack_initrd() {
    local tree=$scratch/initrd module
    mkdir -p "$tree"/{bin,modules,proc,sys,dev,host,ram,root,disk}
    cp "$(command -v busybox)" "$tree/bin/busybox"
    for module in virtio_pci virtio_blk virtiofs overlay; do
        modprobe -S "$release" -d "$cache/kernel" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r module; do
        cp "$module" "$tree/modules/"
        basename "$module" >>"$tree/modules/order"
    done
    write_init "$@" >"$tree/init"
    chmod 755 "$tree/init"
    (cd "$tree" && find . | cpio --quiet -o -H newc) | gzip -1 >"$scratch/initrd.gz"
}
pack_initrd "$@"

machine=(-nodefaults -no-user-config -display none -no-reboot -smp 2 -kernel "$cache/kernel/boot/vmlinuz-$release" -initrd "$scratch/initrd.gz")
kernel_line="console=ttyS0 panic=-1 quiet loglevel=3 mitigations=off no_timer_check tsc=reliable cgroup_no_v1=all swapaccount=1"

# A cloud machine may show a /dev/kvm in which no guest ever boots.
kvm_boots() {
    [ -w /dev/kvm ] || return 1
    (
        timeout -k 1 10 qemu-system-x86_64 -M q35 -accel kvm -cpu host -m 512 "${machine[@]}" -serial "file:$scratch/probe" \
            -append "$kernel_line slipway.probe" </dev/null || true # qemu itself may abort
    ) >/dev/null 2>&1
    grep -q slipway-alive "$scratch/probe" 2>/dev/null
}
[ -n "${V2_ACCEL:-}" ] || [ -s "$cache/accelerator" ] || { kvm_boots && echo kvm || echo tcg; } >"$cache/accelerator"
accelerator=${V2_ACCEL:-$(cat "$cache/accelerator")}
case $accelerator in
kvm) machine+=(-M q35 -accel kvm -cpu host) ;;
*) machine+=(-M q35 -accel "tcg,thread=multi" -cpu max) ;;
esac

# What the guest sees of this machine is read-only on this side already.
# shellcheck disable=SC2016
share_root() {
    local program
    program=$(ls /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd 2>/dev/null | head -1)
    mkdir "$scratch/host"
    unshare --mount --propagation private bash -c 'mount --rbind / "$1" && mount -o remount,bind,ro "$1" &&
        exec "$2" --socket-path="$3" -o "source=$1,cache=always,xattr,sandbox=chroot"' - "$scratch/host" "$program" "$scratch/share" \
        >"$scratch/share.log" 2>&1 </dev/null &
    sharer=$!
    for _ in $(seq 200); do [ -S "$scratch/share" ] && return; sleep 0.02; done
    cat "$scratch/share.log" >&2
    exit 1
}
share_root
memory=${V2_MEMORY:-2048}
truncate -s 4G "$scratch/disk"
mkfs.ext4 -q -F "$scratch/disk"

timeout -k 5 "${V2_SECONDS:-1800}" qemu-system-x86_64 "${machine[@]}" -m "$memory" \
    -object "memory-backend-memfd,id=ram,size=${memory}M,share=on" -numa node,memdev=ram \
    -chardev "socket,id=share,path=$scratch/share" -device vhost-user-fs-pci,queue-size=512,chardev=share,tag=host \
    -drive "file=$scratch/disk,if=virtio,format=raw,cache=unsafe" -chardev stdio,id=out,signal=off -serial chardev:out \
    -append "$kernel_line" </dev/null 2>&1 | tr -d '\r' | tee "$scratch/log" | grep -avE '^v2-guest: exit |sysrq: Power Off' || true
. "$ROOT/tests/conformance/v2-verdict.sh"
verdict "$scratch/log" "Linux $release ($accelerator)"
