#!/bin/sh
# registry.sh OUT.tar: a root filesystem like the official registry:2 image, made from Debian's docker-registry and busybox-static.
# Needs no network when both packages are installed and no privilege. The same programs give the same bytes: names are sorted, times
# fixed, owners numeric. The tar appears whole or not at all.
set -eu

[ $# -eq 1 ] || { echo "usage: registry.sh OUT.tar" >&2; exit 2; }
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac

fail() { echo "registry.sh: $*" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-registry-XXXXXX")
trap 'rm -rf "$work" "$out.tmp.$$"' EXIT
trap 'exit 1' HUP INT TERM

# The installed program, or the package's: fetched and unpacked, not installed, since its installation starts a service.
program() { # PACKAGE PATH
    if [ -x "$2" ]; then echo "$2"; return; fi
    (cd "$work" && { apt-get -qq download "$1" 2>/dev/null || { apt-get -qq update && apt-get -qq download "$1"; }; } &&
        dpkg-deb -x "$1"_*.deb "package-$1") >&2 ||
        fail "$2 is not here and its package cannot be downloaded; install it with: apt-get install $1"
    [ -x "$work/package-$1$2" ] || fail "the package $1 holds no $2"
    echo "$work/package-$1$2"
}
registry=$(program docker-registry /usr/bin/docker-registry)
busybox=$(program busybox-static /bin/busybox)

root=$work/root
umask 022
mkdir -p "$root"
cd "$root"
mkdir bin dev etc etc/docker etc/docker/registry etc/ssl etc/ssl/certs lib lib64 proc root sys tmp usr usr/bin var var/lib var/lib/registry
chmod 700 root
chmod 1777 tmp
cp "$busybox" bin/busybox
cp "$registry" bin/registry
chmod 755 bin/busybox bin/registry
bin/busybox --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "bin/$applet"
done
ln -s ../../bin/env usr/bin/env

# What it is linked with, and what it opens by name when it looks up hosts.
ldd bin/registry >"$work/libraries" 2>/dev/null || : # a static program has none
awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }' "$work/libraries" | while read -r library; do
    mkdir -p ".${library%/*}"
    cp -L "$library" ".$library"
done
if [ -s "$work/libraries" ]; then
    libc=$(awk '$1 == "libc.so.6" { print $3 }' "$work/libraries")
    for library in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
        [ ! -e "${libc%/*}/$library" ] || cp -L "${libc%/*}/$library" ".${libc%/*}/$library"
    done
fi
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/

printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >etc/passwd
printf 'root:x:0:\nnobody:x:65534:\n' >etc/group
printf 'hosts: files dns\n' >etc/nsswitch.conf
cat >etc/docker/registry/config.yml <<'END'
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
END
cat >entrypoint.sh <<'END'
#!/bin/sh
# A configuration is served, a command of the registry is run by it, and everything else is run as it is.
case $1 in
*.yml | *.yaml) exec registry serve "$@" ;;
serve | garbage-collect | help | -*) exec registry "$@" ;;
*) exec "$@" ;;
esac
END
chmod 755 entrypoint.sh
bin/registry --version >/dev/null 2>&1 || fail "$registry does not run"

mkdir -p "$(dirname "$out")"
tar --file "$out.tmp.$$" --format=gnu --sort=name --mtime=@1700000000 --numeric-owner --create --owner=0 --group=0 \
    --transform='s,^\./,,' .
mv "$out.tmp.$$" "$out"
