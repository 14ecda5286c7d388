#!/bin/sh
# busybox.sh OUT.tar: a root filesystem like the official busybox image, made from Debian's busybox-static.
# Needs no network when busybox-static is installed and no privilege: owners are written into the tar, not onto files.
# The same busybox gives the same bytes: names are sorted, times fixed, owners numeric. The tar appears whole or not at all.
set -eu

[ $# -eq 1 ] || { echo "usage: busybox.sh OUT.tar" >&2; exit 2; }
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac

fail() { echo "busybox.sh: $*" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-busybox-XXXXXX")
trap 'rm -rf "$work" "$out.tmp.$$"' EXIT
trap 'exit 1' HUP INT TERM

is_static() { [ -x "$1" ] && ! ldd "$1" >/dev/null 2>&1; }

# The installed one if it is static; otherwise the package is fetched and unpacked, not installed.
busybox=
for candidate in "${BUSYBOX:-}" /bin/busybox /usr/bin/busybox; do
    if [ -n "$candidate" ] && is_static "$candidate"; then busybox=$candidate; break; fi
done
if [ -z "$busybox" ]; then
    (cd "$work" && apt-get -qq download busybox-static && dpkg-deb -x busybox-static_*.deb package) >&2 ||
        fail "no static busybox here and it cannot be downloaded; install it with: apt-get install busybox-static"
    busybox=$(find "$work/package" -name busybox -type f | head -n 1)
    is_static "$busybox" || fail "the package busybox-static holds no static busybox"
fi

root=$work/root
umask 022
mkdir -p "$root"
cd "$root"
mkdir bin dev etc home lib proc root sys tmp usr usr/bin usr/sbin var var/spool var/spool/mail var/www
chmod 700 root
chmod 1777 tmp
cp "$busybox" bin/busybox
chmod 755 bin/busybox
bin/busybox --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "bin/$applet"
done
[ -L bin/sh ] || fail "$busybox has no applet sh"
ln -s ../../bin/env usr/bin/env # scripts begin with #!/usr/bin/env

cat >etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
END
cat >etc/group <<'END'
root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
lp:x:7:
mail:x:8:
kmem:x:9:
wheel:x:10:root
cdrom:x:11:
dialout:x:18:
floppy:x:19:
video:x:28:
audio:x:29:
tape:x:32:
www-data:x:33:
operator:x:37:
utmp:x:43:
plugdev:x:46:
staff:x:50:
lock:x:54:
netdev:x:82:
users:x:100:
nobody:x:65534:
END
cut -d: -f1 etc/passwd | sed 's/$/:*:10933:0:99999:7:::/' >etc/shadow
chmod 600 etc/shadow
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files dns\n' >etc/nsswitch.conf

mkdir -p "$(dirname "$out")"
pack() { tar --file "$out.tmp.$$" --format=gnu --sort=name --mtime=@1700000000 --numeric-owner "$@"; }
pack --create --owner=0 --group=0 --exclude=./var/spool/mail --exclude=./var/www --transform='s,^\./,,' .
# The two directories with owners of their own, as in the official image.
pack --append --owner=8 --group=8 var/spool/mail
pack --append --owner=33 --group=33 var/www
mv "$out.tmp.$$" "$out"
