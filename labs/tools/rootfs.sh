#!/bin/bash
# rootfs.sh OUT.tar [LIBRARIES]: the root filesystem of a lab machine, made from this machine's own programs and the libraries they need.
# The file LIBRARIES names, one a line, what the engine's own programs need, which are bound into the machine when it starts.
# No network, no privilege, about a second. The same machine gives the same bytes. The tar appears whole or not at all.
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset -v CDPATH

# need    Debian package    programs ("*": all that the package brings)
PROGRAMS='
required  bash              bash
required  dash              sh dash
required  coreutils         *
required  iproute2          ip ss bridge tc
required  iptables          iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore
required  iptables          iptables-nft iptables-nft-save iptables-nft-restore iptables-legacy iptables-legacy-save iptables-legacy-restore
required  iputils-ping      ping
required  procps            *
required  util-linux        *
required  mount             mount umount
required  hostname          hostname
required  grep              grep egrep fgrep
required  sed               sed
required  mawk              mawk awk
required  findutils         find xargs
required  diffutils         diff cmp
required  tar               tar
required  gzip              gzip gunzip zcat
required  less              less
required  ncurses-bin       clear tput reset
required  libc-bin          ldd getent
required  busybox-static    busybox
optional  nftables          nft
optional  tcpdump           tcpdump
optional  strace            strace
optional  curl              curl
optional  nano              nano
optional  htop              htop
optional  libcap2-bin       capsh getcap setcap getpcaps
optional  cgroup-tools      cgcreate cgdelete cgexec cgclassify cgget cgset lscgroup lssubsys cgconfigparser cgsnapshot cgclear
optional  attr              getfattr setfattr
optional  openssl           openssl
optional  psmisc            pstree killall fuser
optional  traceroute        traceroute
optional  conntrack         conntrack
optional  ethtool           ethtool
optional  bridge-utils      brctl
optional  jq                jq
optional  mandoc            mandoc
optional  iputils-arping    arping
'
# Manual pages: of the packages above and, where they are installed, of the kernel's own side.
PAGES='clone unshare setns mount umount pivot_root chroot kill signalfd ptrace prctl seccomp capget mknod sethostname bpf keyctl
ioctl_ns memfd_create pidfd_open open_tree move_mount mount_setattr fsopen'
# Files and directories that the programs above read, taken as they are when they are there.
DATA='/usr/lib/locale/C.utf8 /usr/lib/ssl/openssl.cnf /etc/iproute2 /usr/share/iproute2 /usr/lib/tc /etc/protocols /etc/services /etc/ethertypes'
TERMINALS='xterm xterm-256color screen screen-256color tmux tmux-256color linux vt100 dumb'
DIRECTORIES='boot dev etc home proc root run run/lock run/mount run/netns run/slipway-host srv sys tmp usr usr/bin usr/lib usr/lib/slipway usr/lib/slipway/bin usr/lib/slipway/layers usr/lib/slipway/uml usr/lib/slipway/uml/modules usr/lib/slipway/proc
usr/lib/slipway/sys usr/lib64 usr/local usr/local/bin usr/local/sbin usr/sbin usr/share var var/cache var/lib var/lib/slipway var/log var/tmp work'

fail() { echo "rootfs.sh: $*" >&2; exit 1; }
[ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: rootfs.sh OUT.tar [LIBRARIES]" >&2; exit 2; }
wanted=${2:-/dev/null}
case $1 in /*) out=$1 ;; *) out=$PWD/$1 ;; esac
for name in /bin /lib; do [ -L $name ] || fail "this machine's $name is no link into /usr; install usrmerge first"; done

tmp=$(mktemp -d "${TMPDIR:-/tmp}/slipway-rootfs-XXXXXX")
trap 'rm -rf "$tmp" "$out.tmp.$$"' EXIT
trap 'exit 1' HUP INT TERM
root=$tmp/root
umask 022
mkdir -p "$root"

# Paths of all programs of the table, as they are called, one a line.
programs() {
    local need package names name path missing
    while read -r need package names; do
        [ -n "$need" ] || continue
        if [ "$names" = '*' ]; then
            dpkg -L "$package" 2>/dev/null | grep -E '^(/usr)?/s?bin/' || fail "package $package is missing; install it with: apt-get install $package"
            continue
        fi
        missing=
        for name in $names; do
            path=$(type -P "$name") && echo "$path" || missing=$name
        done
        [ -z "$missing" ] || [ "$need" = optional ] ||
            fail "program $missing is missing; install it with: apt-get install $package"
    done <<<"$PROGRAMS"
}

# Loader and shared libraries of the files on stdin, and theirs in turn. What readelf calls no ELF file is a script and has none.
libraries() {
    local name path known=' ' found
    cp /dev/stdin "$tmp/ask"
    while [ -s "$tmp/ask" ]; do
        xargs -r readelf -dl <"$tmp/ask" 2>/dev/null |
            sed -n -e 's/.*program interpreter: \(.*\)\]$/\1/p' -e 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort -u >"$tmp/needed" || true
        : >"$tmp/ask"
        while read -r name; do
            case $known in *" $name "*) continue ;; esac
            known="$known$name "
            found=
            for path in "$name" "$lib/$name" "/usr/lib/$name" "/usr/lib64/$name"; do
                case $path in /*) [ -e "$path" ] && { found=$path; break; } ;; esac
            done
            [ -n "$found" ] || fail "library $name is missing from $lib"
            echo "$found" >>"$tmp/ask"
        done <"$tmp/needed"
        cat "$tmp/ask"
    done
}

# Every file by its place below /usr; a name that is a link becomes a link of our own straight to the file it means.
place() {
    sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u >"$tmp/names"
    xargs -r realpath -e -- <"$tmp/names" >"$tmp/real" || fail "a listed file has vanished"
    paste "$tmp/names" "$tmp/real" | while IFS=$'\t' read -r name real; do
        [ "$name" != "$real" ] || continue
        mkdir -p "$root${name%/*}"
        if [ "${name%/*}" = "${real%/*}" ]; then ln -sfn "${real##*/}" "$root$name"; else ln -sfn "$real" "$root$name"; fi
    done
    cat "$tmp/real" >>"$tmp/files"
}

programs >"$tmp/programs"
type -P readelf >/dev/null || fail "program readelf is missing; install it with: apt-get install binutils"
lib=$(dirname "$(ldd /bin/bash | sed -n 's,.*libc\.so\.6 => \(/usr\)\?\([^ ]*\).*,/usr\2,p')")
modules=$lib/xtables
[ -d "$modules" ] || fail "the directory of iptables modules $modules is missing; install it with: apt-get install iptables"
find -L "$modules" -type f >"$tmp/modules"
for name in rootok permit deny; do
    [ -e "$lib/security/pam_$name.so" ] || fail "$lib/security/pam_$name.so is missing; install it with: apt-get install libpam-modules"
    echo "$lib/security/pam_$name.so"
done >>"$tmp/modules"
: >"$tmp/files"
sort -u "$tmp/programs" | place
place <"$tmp/modules"
# What is named is looked for as a library that something needs; the last two are loaded by the engine itself, when they are wanted.
{ cat "$wanted"; printf '%s\n' libcurl-gnutls.so.4 libgnutls.so.30; } | while read -r name; do
    [ ! -e "$lib/$name" ] || echo "$lib/$name"
done >"$tmp/engine"
place <"$tmp/engine"
sort -u "$tmp/files" | libraries | place

for path in $DATA; do
    [ ! -e "$path" ] || find "$path" \( -type f -o -type l \) | place
done
for name in $TERMINALS; do
    found=
    for base in /usr/share/terminfo /lib/terminfo /etc/terminfo; do
        [ -e "$base/${name:0:1}/$name" ] && { found=$base/${name:0:1}/$name; break; }
    done
    [ -n "$found" ] || fail "terminal description $name is missing; install it with: apt-get install ncurses-base"
    echo "$found"
done | place

# They are read by mandoc, which needs no other program; Debian calls its man(1) mman.
if [ -e "$tmp/names" ] && [ -x /usr/bin/mandoc ]; then
    {
        for package in $(awk 'NF {print $2}' <<<"$PROGRAMS" | sort -u) manpages; do
            dpkg -L "$package" 2>/dev/null | grep -E '^/usr/share/man/man[1578]/.*\.gz$' || true
        done
        for name in $PAGES; do
            for page in /usr/share/man/man2/"$name".2*.gz; do [ ! -e "$page" ] || echo "$page"; done
        done
    } | while read -r page; do [ ! -e "$page" ] || echo "$page"; done | place
    mkdir -p "$root/usr/bin"
    ln -s mandoc "$root/usr/bin/mman"
    printf '#!/bin/sh\nexec mman "$@"\n' >"$root/usr/bin/man"
    chmod 755 "$root/usr/bin/man"
    # Its index, which apropos reads too.
    mkdir -p "$tmp/pages/usr/share/man" "$root/usr/share/man"
    grep '^/usr/share/man/' "$tmp/files" | sort -u | sed 's,^/,,' | (cd / && xargs -r cp --parents -t "$tmp/pages")
    (cd "$root" && find usr/share/man -type l -exec cp --parents -dt "$tmp/pages" {} +)
    /usr/sbin/makewhatis "$tmp/pages/usr/share/man" >/dev/null 2>&1 && cp "$tmp/pages/usr/share/man/mandoc.db" "$root/usr/share/man"
    ln -sf mandoc "$root/usr/bin/mapropos"
    printf '#!/bin/sh\nexec mapropos "$@"\n' >"$root/usr/bin/apropos"
    chmod 755 "$root/usr/bin/apropos"
fi

for directory in $DIRECTORIES; do mkdir -p "$root/$directory"; done
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
chmod 700 "$root/root"
chmod 1777 "$root/tmp" "$root/var/tmp"
ln -s /run "$root/var/run"
ln -s /proc/mounts "$root/etc/mtab"
# Mount points that the engine uses are there from the start, so that a fresh machine shows no changes but the learner's.
install -m 755 /dev/null "$root/usr/sbin/docker-init"
install -m 755 /dev/null "$root/usr/lib/slipway/uml/linux"
printf '#!/bin/sh\necho "${0##*/}: this machine was made without an engine" >&2\nexit 127\n' >"$tmp/no-engine"
for name in slipwayd slipway slipway-shim slipway-archive slipway-oci; do
    install -m 755 "$tmp/no-engine" "$root/usr/lib/slipway/bin/$name"
    ln -s ../lib/slipway/bin/$name "$root/usr/bin/$name"
done
ln -s ../lib/slipway/bin/slipway "$root/usr/bin/docker"
install -m 644 /dev/null "$root/etc/resolv.conf"

cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
learner:x:1000:1000:a user without privileges:/home:/bin/bash
tcpdump:x:101:101::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
END
cat >"$root/etc/group" <<'END'
root:x:0:
daemon:x:1:
bin:x:2:
adm:x:4:
tty:x:5:
www-data:x:33:
users:x:100:
learner:x:1000:
tcpdump:x:101:
nogroup:x:65534:
END
# There are no passwords: root becomes whoever it likes (su, runuser, setpriv), and nobody else does.
mkdir -p "$root/etc/pam.d"
printf '%s\n' 'auth sufficient pam_rootok.so' 'auth required pam_deny.so' 'account required pam_permit.so' 'password required pam_deny.so' \
    'session required pam_permit.so' >"$root/etc/pam.d/other"
printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\tlab\n' >"$root/etc/hosts"
echo lab >"$root/etc/hostname"
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\n' \
    >"$root/etc/nsswitch.conf"
cat >"$root/etc/bash.bashrc" <<'END'
# Read by every interactive bash of a lab machine.
PS1='\h# '
shopt -s checkwinsize
HISTCONTROL=ignoredups
alias ls='ls --color=auto'
alias ll='ls -l'
alias grep='grep --color=auto'
END
cat >"$root/etc/profile" <<'END'
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
[ -z "${BASH_VERSION:-}" ] || . /etc/bash.bashrc
END
cat >"$root/usr/sbin/service" <<'END'
#!/bin/sh
# The one service of a lab machine is its engine: service docker start|stop|restart|status. The machine's init keeps its socket, and
# starts it when somebody connects.
pid() { pidof slipwayd; }
usage() { echo "Usage: service docker start|stop|restart|status" >&2; exit 1; }
stop() {
    kill -USR1 1
    kill $(pid) 2>/dev/null
    while pid >/dev/null || [ -e /run/slipway.sock ]; do sleep 0.02; done
}
start() {
    kill -USR2 1
    until [ -S /run/slipway.sock ]; do sleep 0.02; done
    docker version >/dev/null 2>&1 || { echo "docker does not start; see /var/log/slipwayd.log" >&2; exit 1; }
}
case $1 in docker | slipway | slipwayd) ;; --status-all) echo " [ ? ]  docker"; exit ;; *) usage ;; esac
grep -q -e --engine /proc/1/cmdline || { echo "$1: this machine was made without an engine" >&2; exit 1; }
case $2 in
start) start ;;
stop) stop ;;
restart) stop; start ;;
status)
    if pid >/dev/null; then echo "docker is running (pid $(pid))."
    elif [ -S /run/slipway.sock ]; then echo "docker starts when it is asked for something."
    else echo "docker is stopped."; exit 3; fi ;;
*) usage ;;
esac
END
chmod 755 "$root/usr/sbin/service"
cat >"$root/usr/local/bin/cgset" <<'END'
#!/bin/bash
# cgset(1), with one difference: a lab machine's root is root in a user namespace, to which the kernel gives every control file but those
# of the devices controller. The engine on the host writes them for groups of this machine. `echo` to them fails.
all=("$@") rules=() others=() groups=()
while [ $# -gt 0 ]; do
    case $1 in
    -r) case ${2:-} in devices.allow=* | devices.deny=*) rules+=("$2") ;; *) others+=(-r "${2:-}") ;; esac; shift; shift ;;
    -*) others+=("$1"); shift ;;
    *) groups+=("$1"); shift ;;
    esac
done
[ ${#rules[@]} -gt 0 ] || exec /usr/bin/cgset "${all[@]}"
[ ${#others[@]} = 0 ] || /usr/bin/cgset "${others[@]}" "${groups[@]}" || exit
for group in "${groups[@]}"; do
    for rule in "${rules[@]}"; do docker-init --host "${rule%%=*}" "$group" "${rule#*=}" || exit; done
done
[ ! -t 2 ] || echo "(written by the engine of the host: a user namespace may not change rules of devices itself)" >&2
END
cat >"$root/usr/local/sbin/uml" <<'END'
#!/bin/bash
# uml [-1|-2] [COMMAND...]: a kernel of one's own, User-Mode Linux, over this machine's files. There root is root: device nodes and rules,
# release_agent, loop mounts, new hierarchies, dmesg. -1 (the default) has cgroups of version 1, -2 of version 2. What is written
# goes with it, but below /work, which is shared. Without a COMMAND a shell; otherwise its output and exit code. UML_MEM is in MiB (160).
version=1
case ${1:-} in -1 | -2) version=${1#-}; shift ;; -h | --help) sed -n 's/^# //p' "$0" | head -4; exit ;; esac
kernel=/usr/lib/slipway/uml/linux modules=/usr/lib/slipway/uml/modules
[ -x $kernel ] && [ "$(stat -c %s $kernel)" -gt 100000 ] || { echo "uml: the host has no Debian package user-mode-linux; there is no kernel to start" >&2; exit 125; }
dir=$(mktemp -d /work/.uml-XXXXXX) memory=$(mktemp -d /run/uml-XXXXXX)
mount -t tmpfs uml "$memory" || exit 125
trap 'umount -l "$memory"; rmdir "$memory"; rm -rf "$dir"' EXIT
release=$(ls $modules | tail -1)
printf 'cd %q 2>/dev/null || cd /\n' "$PWD" >"$dir/command"
if [ $# -gt 0 ]; then printf '%s\n' "$*" >>"$dir/command"; else echo 'exec bash -i' >>"$dir/command"; fi
cat >"$dir/init" <<INIT
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=${TERM:-linux}
mount -t proc proc /proc
mount -t tmpfs -o mode=755,size=80% uml /run; cd /run; mkdir upper work root
insmod $modules/$release/kernel/fs/overlayfs/overlay.ko 2>/dev/null
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work uml root || exit 1
for pair in proc:proc sysfs:sys devtmpfs:dev tmpfs:run tmpfs:tmp; do mount -t \${pair%:*} \${pair%:*} root/\${pair#*:} 2>/dev/null || mount --bind /\${pair#*:} root/\${pair#*:}; done
rm -f root/usr/local/bin/mknod root/usr/local/bin/cgset # here the real ones work
mkdir -p root/dev/pts root/dev/shm root/lib/modules/$release root/run/lock root/run/netns
mount -t devpts -o newinstance,ptmxmode=666 devpts root/dev/pts; mount -t tmpfs shm root/dev/shm
mount -t hostfs -o /work hostfs root/work
mount -t hostfs -o $modules/$release hostfs root/lib/modules/$release
groups=root/sys/fs/cgroup
if [ $version = 2 ]; then
    mount -t cgroup2 cgroup2 \$groups; mkdir \$groups/init.scope; echo 1 >\$groups/init.scope/cgroup.procs
    for c in \$(cat \$groups/cgroup.controllers); do echo +\$c >\$groups/cgroup.subtree_control; done
else
    mount -t tmpfs -o mode=755 cgroup \$groups
    awk '!/^#/ && \$4 == 1 {print \$1}' /proc/cgroups | while read -r c; do mkdir \$groups/\$c; mount -t cgroup -o \$c cgroup \$groups/\$c; done
fi
hostname uml; ip link set lo up
cat >root/run/go <<GO
$([ $# -gt 0 ] && echo "bash $dir/command >$dir/out 2>$dir/err </dev/null" || echo "setsid -c bash $dir/command")
echo \\\$? >$dir/code; sync; echo o >/proc/sysrq-trigger; sleep 9
GO
exec chroot root sh /run/go
INIT
chmod 755 "$dir/init"
groups=
[ $version = 1 ] || groups=cgroup_no_v1=all
console=con0=null,fd:1
[ $# -gt 0 ] || console=con0=fd:0,fd:1
run() { TMPDIR=$memory $kernel mem="${UML_MEM:-160}M" uml_dir="$memory/" rootfstype=hostfs rootflags=/ ro init="$dir/init" con=null "$console" quiet loglevel=0 selinux=0 $groups; }
if [ $# -gt 0 ]; then run </dev/null >"$dir/console" 2>&1; else run 2>/dev/null; fi
[ ! -s "$dir/out" ] || cat "$dir/out"
[ ! -s "$dir/err" ] || cat "$dir/err" >&2
[ -s "$dir/code" ] || { tail -5 "$dir/console" >&2 2>/dev/null; exit 125; }
exit "$(cat "$dir/code")"
END
chmod 755 "$root/usr/local/sbin/uml"
cat >"$root/usr/local/bin/mknod" <<'END'
#!/bin/sh
# mknod(1), with one difference: a lab machine's root is root in a user namespace, in which the kernel makes no device nodes. For the
# devices that every container has, the machine's own node is bound to the name, which is what engines do there.
say() { echo "$@" >&2; }
name= type= major= minor= mode=666
all="$*"
while [ $# -gt 0 ]; do
    case $1 in
    -m) mode=$2; shift ;;
    --mode=*) mode=${1#*=} ;;
    -*) exec /usr/bin/mknod "$@" ;;
    *) if [ -z "$name" ]; then name=$1; elif [ -z "$type" ]; then type=$1; elif [ -z "$major" ]; then major=$1; else minor=$1; fi ;;
    esac
    shift
done
case $type in p | '') set -f; exec /usr/bin/mknod $all ;; esac
case $type:$major:$minor in
[cu]:1:3) device=null ;; [cu]:1:5) device=zero ;; [cu]:1:7) device=full ;; [cu]:1:8) device=random ;; [cu]:1:9) device=urandom ;;
[cu]:5:0) device=tty ;;
*)
    say "mknod: $name: Operation not permitted"
    say "(a user namespace makes no device nodes; here only c 1:3, 1:5, 1:7, 1:8, 1:9 and 5:0 can be had, bound from /dev)"
    exit 1 ;;
esac
[ ! -e "$name" ] || { say "mknod: $name: File exists"; exit 1; }
: >"$name" && mount --bind "/dev/$device" "$name" || exit
[ ! -t 2 ] || say "(bound from /dev/$device: a user namespace makes no device nodes)"
END
chmod 755 "$root/usr/local/bin/cgset" "$root/usr/local/bin/mknod"
cat >"$root/usr/sbin/mount.overlay" <<'END'
#!/bin/sh
# mount(8) calls this for "mount -t overlay". A lab machine's root is root in a user namespace, where overlayfs may keep its marks only in
# user.* attributes: the option userxattr says so, and without it a merged directory cannot be removed.
source=$1 target=$2 options=
shift 2
while getopts fnsvN:o:t: flag; do
    [ "$flag" = o ] && options=$OPTARG
done
case ,$options, in
*,userxattr,* | *,remount,*) ;;
*) options=${options:+$options,}userxattr ;;
esac
exec mount -i -t overlay -o "$options" "$source" "$target"
END
chmod 755 "$root/usr/sbin/mount.overlay"

# Whatever else busybox can do, under its usual name; vi too, where no real one is.
sort -u "$tmp/names" "$tmp/files" "$tmp/programs" | sed 's,.*/,,' | sort -u >"$tmp/taken"
busybox --list | sort | comm -23 - "$tmp/taken" | while read -r applet; do
    [ -e "$root/usr/sbin/$applet" ] || [ -L "$root/usr/bin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
done
for name in sh bash ip vi ping awk; do
    [ -L "$root/usr/bin/$name" ] || grep -qx "/usr/bin/$name" "$tmp/files" || fail "the finished tree lacks /usr/bin/$name"
done

# First what was made here, with every directory that a file from this machine needs; then those files, straight from their places.
sort -u "$tmp/files" | sed 's,^/,,' >"$tmp/list"
sed -n 's,/[^/]*$,,p' "$tmp/list" | sort -u | while read -r directory; do [ -d "$root/$directory" ] || mkdir -p "$root/$directory"; done
while read -r path; do [ -r "/$path" ] || fail "cannot read /$path"; done <"$tmp/list"
mkdir -p "$(dirname "$out")"
pack() { tar --file "$out.tmp.$$" --format=gnu --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner "$@"; }
pack --create --directory "$root" --transform='s,^\./,,S' .
pack --append --directory / --no-recursion --files-from "$tmp/list"
mv "$out.tmp.$$" "$out"
