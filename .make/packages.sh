#!/bin/sh
# Installs the Debian packages that are missing: packages.sh build|test|bench|lint|v2. Quiet and quick when there is nothing to do.
set -eu

build="gcc make pkg-config libc6-dev libncurses-dev libseccomp-dev libcap-dev libdbus-1-dev libsqlite3-dev libjansson-dev libmicrohttpd-dev libgnutls28-dev libgnutls30
 libhttp-parser-dev libmnl-dev libnftnl-dev libldns-dev libarchive-dev libacl1-dev libbz2-dev liblz4-dev liblzma-dev libzstd-dev libssl-dev zlib1g-dev libisal-dev libcurl4-gnutls-dev libcurl3-gnutls nettle-dev libexpat1-dev libcmark-dev libyaml-dev libtsm-dev
 busybox-static iproute2 iptables iputils-ping less procps util-linux mount hostname mawk ncurses-base ncurses-bin ncurses-term
 attr cgroup-tools conntrack e2fsprogs mandoc manpages manpages-dev nano curl libcap2-bin nftables openssl psmisc strace tcpdump"
test="uidmap nftables libcmocka-dev curl jq tmux gnutls-bin python3 python3-docker docker.io docker-registry skopeo umoci podman conmon"
lint="clang-format clang-tidy cppcheck shellcheck"
v2="criu qemu-system-x86 kmod cpio e2fsprogs"
bench="docker.io containerd runc crun hyperfine iperf3 dnsperf docker-registry e2fsprogs"

set=${1:-build}
case $set in
build) wanted=$build ;;
test) wanted="$build $test" ;;
lint) wanted="$build $test $lint" ;;
bench) wanted="$build $test $bench" ;;
v2) wanted="$build $test $v2" ;;
*) echo "packages.sh: unknown set '$set'; choose build, test, lint, bench or v2" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
    # A file list is there exactly when dpkg unpacked the package; far faster than asking dpkg for each.
    [ -e "/var/lib/dpkg/info/$package.list" ] || [ -e "/var/lib/dpkg/info/$package:$(dpkg --print-architecture).list" ] ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "packages.sh: missing$missing: run this as root, or install sudo" >&2; exit 1; }
    as_root=sudo
fi
echo "Installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# Services of peers (dockerd) must not start by themselves on the machine of somebody who only tests or measures.
policy=/usr/sbin/policy-rc.d
if [ "$set" != build ] && [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
    $as_root chmod +x $policy
    trap '$as_root rm -f $policy' EXIT
fi
install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2; }
install || { $as_root apt-get update -qq && install; }
