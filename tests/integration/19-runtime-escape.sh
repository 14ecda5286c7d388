#!/bin/bash
# Known ways out of a container, tried from inside one, or with a hostile root filesystem, against slipway-oci and against exec of the
# engine. Where a config can take the defence away, the same attempt is made without it and must succeed, or it would prove nothing.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# All of it runs with a key in its session keyring, as somebody who has logged in has: it is not for containers.
if [ "${1:-}" != keyed ]; then
    BREAKOUT=$(program breakout 2>"$TMP/log") || { not_ok "the attacker compiles" "$(head -5 "$TMP/log")"; exit 1; }
    export BREAKOUT
    SLIPWAY_TEST_INSIDE='' "$BREAKOUT" keyed slt-secret bash "$0" keyed
    exit
fi
GROUP=slrt-$$
OCI="$B/slipway-oci --root $TMP/state"
R() { timeout -k 5 30 $OCI "$@" </dev/null; }
at_exit 'touch "$TMP/vol/stop"; [ -z "${LOOP:-}" ] || losetup -d "$LOOP" 2>/dev/null; for id in $(R list -q 2>/dev/null); do R delete -f "$id"; done
         find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null'

# bundle NAME FILTER [ROOT]: the common config, changed by a filter of jq, on a root filesystem
bundle() { mkdir -p "$TMP/$1"; jq --arg root "${3:-$TMP/rootfs}" '.root.path = $root | '"$2" "$TMP/base.json" >"$TMP/$1/config.json"; }
# commanded NAME ID WORD...: the bundle's config with a command and a group of its own
commanded() {
    local file=$TMP/$1/config.json group=/$GROUP/$2; shift 2
    jq --arg group "$group" '.process.args = $ARGS.positional | .linux.cgroupsPath = $group' "$file" --args -- "$@" >"$file.new" && mv "$file.new" "$file"
}
# inside NAME WORD...: what a container of that bundle says
inside() { local name=$1; shift; commanded "$name" "$name" "$@"; R run -b "$TMP/$name" "$name-$RANDOM" 2>&1; }
# background NAME ID WORD...: create and start without waiting
background() { commanded "$@"; R create -b "$TMP/$1" "$2" >"$TMP/$2.out" 2>&1 && R start "$2"; }
says() { grep -Eq "$2" "$TMP/$1.out"; }
stopped() { [ "$(R state "$1" 2>/dev/null | jq -r .status)" = stopped ]; }
# refused NAME BUNDLE CONTROL WORD...: an attempt that leads nowhere, and does in the bundle CONTROL
refused() {
    local name=$1 bundle=$2 control=$3; shift 3
    check_no_match "$name" "REACHED|not found|no attempt" "$(inside "$bundle" "$@")"
    check_match "(without the defence: reached)" "REACHED" "$(inside "$control" "$@")"
}

rootfs() {
    mkdir -p "$1/"{bin,dev,proc,sys,etc,tmp}
    cp "$(command -v busybox)" "$1/bin/busybox"; cp "$BREAKOUT" "$1/bin/breakout"
    for applet in sh cat ls mount mknod head true sleep echo grep touch stat; do ln -sf busybox "$1/bin/$applet"; done
    printf 'root:x:0:0:root:/:/bin/sh\n' >"$1/etc/passwd"
}
mkdir -p "$TMP/vol" "$TMP/outside"; echo secret-of-the-host >"$TMP/secret"
rootfs "$TMP/rootfs"
(cd "$TMP" && R spec && jq '.process.terminal = false | .root.readonly = false
    | .process.noNewPrivileges = false | del(.linux.seccomp)' config.json >base.json)
bundle plain .
bundle bare '.linux.maskedPaths = [] | .linux.readonlyPaths = []'

# --- what is open in a container: nothing that was not asked for --------------------------------------------------------------------
expected_mounts="/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sys" expected_environ="HOME=/ PATH TERM=xterm"
# judge WHO INVENTORY: of all processes in it
judge() {
    check_eq "$1: standard streams and nothing else is open" "" "$(grep '^open ' <<<"$2" | grep -vE '^open [0-9]+ fd/[012] (pipe:.*|/dev/null|socket:.*|/tmp/slt-.*)$')"
    check_eq "$1: its directories are the container's" "" "$(grep '^place ' <<<"$2" | grep -vE ' /$')"
    check_eq "$1: its environment is the config's" "$expected_environ" \
        "$(grep '^environ ' <<<"$2" | cut -d' ' -f3 | sed 's/^PATH=.*/PATH/' | grep -v ^HOSTNAME= | sort -u | xargs)"
    check_eq "$1: its mounts are those of the config" "$expected_mounts" \
        "$(grep '^mount ' <<<"$2" | cut -d' ' -f6 | grep -vE '^/(proc|sys|sys/fs/cgroup)/.|^/dev/console|^/etc/(hosts|hostname|resolv.conf)$' | sort | xargs)"
    check_eq "$1: no mount is anybody's peer" "" "$(grep '^mount ' <<<"$2" | grep -E ' (shared|master):')"
}
exec 9<"$TMP/outside" # the caller's own, not closed on exec
judge init "$(inside plain breakout inventory)"
background plain open sleep 1000
seen=$(R exec open breakout inventory 2>/dev/null)
judge exec "$seen"
check_eq "exec: both processes were looked at" 2 "$(grep -c '^open .* fd/0 ' <<<"$seen")"

# --- standard streams that are closed: nothing of the host comes in their place -------------------------------------------------------
# streams CLOSE WORD...: what the streams of a process in a container are, begun by these words with these streams closed
streams() {
    local close=$1; shift
    rm -f "$TMP/rootfs/tmp/streams"
    eval 'timeout -k 5 30 $OCI "$@" </dev/null >/dev/null 2>&1 '"$close"
    cat "$TMP/rootfs/tmp/streams"
}
look='s=$(for n in 0 1 2; do busybox readlink /proc/$$/fd/$n; done); echo $s >/tmp/streams'
commanded plain streams sh -c "$look"
for close in "0<&-" "1>&-" "2>&-" "0<&- 1>&- 2>&-"; do
    check_eq "run with $close" "/dev/null /dev/null /dev/null" "$(streams "$close" run -b "$TMP/plain" "streams-$RANDOM")"
    check_eq "exec with $close" "/dev/null /dev/null /dev/null" "$(streams "$close" exec open sh -c "$look")"
done

# --- CVE-2024-21626: a descriptor of the host as working directory or program --------------------------------------------------------
cp "$BREAKOUT" "$TMP/outside/tool"
for n in 3 4 5 6 7 8 9 10 11; do
    ln -s "/proc/self/fd/$n" "$TMP/rootfs/w$n"
    out+=$(R exec --cwd "/proc/self/fd/$n" open cat "../../../../../../../../..$TMP/secret" 2>&1
        R exec --cwd "/w$n" open cat "../../../../../../../../..$TMP/secret" 2>&1
        R exec open "/proc/self/fd/$n/tool" privileges 2>&1
        R exec open "/w$n/../../../../../../../..$TMP/outside/tool" privileges 2>&1)$'\n'
done
check_no_match "no descriptor leads exec out, as directory or program" "secret-of|^uid" "$out"
check_eq "each of them was refused" 36 "$(grep -c '^slipway-oci: ' <<<"$out")"
out=
for n in 3 5 7 9; do
    bundle cwd ".process.cwd = \"/proc/self/fd/$n/..\""
    out+=$(inside cwd cat "../../../../../../..$TMP/secret"; inside plain "/proc/self/fd/$n/tool" privileges)
done
check_no_match "nor run" "secret-of|^uid" "$out"
exec 9<&-

# --- CVE-2019-5736: the runtime's own program -----------------------------------------------------------------------------------------
# The container makes the runtime run itself inside and wait there, at a FIFO, while another process of the container takes its file.
sanitized() { readelf -l "$B/slipway-oci" | grep -q INTERP; }
mkdir "$TMP/rootfs/r"; mkfifo "$TMP/rootfs/r/log"
printf '#!/proc/self/exe --log=/r/log\n' >"$TMP/rootfs/bin/script"; chmod 755 "$TMP/rootfs/bin/script"
printf 'void __attribute__((constructor)) go(void) { extern int creat(const char *, unsigned); creat("/tmp/loaded", 0644); }' >"$TMP/evil.c"
gcc -shared -fPIC -o "$TMP/rootfs/evil.so" "$TMP/evil.c"
overwrite() { # overwrite NAME COMMAND...: while the command runs in the container "open"
    local name=$1 id="taker-$RANDOM"; shift
    R exec -d open sh -c 'breakout overwrite >/tmp/taken 2>&1'
    wait_for 5 grep -q ready "$TMP/rootfs/tmp/taken"
    timeout 20 "$@" >"$TMP/$id.log" 2>&1 </dev/null &
    wait_for 10 grep -Eq "REACHED|system|busy|not seen" "$TMP/rootfs/tmp/taken"
    check_eq "$name: it is on a read-only mount" "ready seen on a read-only mount Read-only file system" "$(xargs <"$TMP/rootfs/tmp/taken")"
    kill $! 2>/dev/null; wait $! 2>/dev/null
    rm "$TMP/rootfs/tmp/taken"
}
if sanitized; then
    skip "the runtime's own program" "a sanitized one needs libraries that are not in the container"
else
    overwrite "exec of /proc/self/exe" $OCI exec open /proc/self/exe --log=/r/log list
    overwrite "exec of a #! script" $OCI exec open /bin/script
    R exec -e LD_PRELOAD=/evil.so open /proc/self/exe --version >"$TMP/version" 2>&1
    check_match "the runtime runs inside" "version 0.1" "$(cat "$TMP/version")"
    check_rc "and loads no library of the container" 1 test -e "$TMP/rootfs/tmp/loaded"
    background plain itself /proc/self/exe --log=/r/log list
    check_eq "as the first process, it is on a read-only mount" "read-only" "$(R exec itself breakout readonly /proc/1/exe)"
    R delete -f itself
fi

# --- CVE-2016-9962: processes on their way in -----------------------------------------------------------------------------------------
commanded plain waiting sleep 1000
R create -b "$TMP/plain" waiting >"$TMP/waiting.out" 2>&1
check_match "an init that waits cannot be looked into or traced" "denied|not permitted" "$(R exec waiting breakout trace 1)"
R delete -f waiting
bundle user '.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities |= with_entries(.value = [])'
commanded user waiting sleep 1000
R create -b "$TMP/user" waiting >"$TMP/waiting.out" 2>&1
check_match "nor one of another user" "denied|not permitted" "$(R exec waiting breakout trace 1)"
R start waiting
check_match "(a process that runs: reached)" "REACHED" "$(R exec waiting breakout trace 1)"
R delete -f waiting
# caught ID: what an attacker in this container got hold of while others were run in it
caught() {
    rm -f "$TMP/rootfs/tmp/stop"
    R exec -d "$1" sh -c "breakout catch /tmp/stop $TMP/secret >/tmp/caught 2>&1"
    wait_for 5 grep -q ready "$TMP/rootfs/tmp/caught"
    for _ in $(seq 12); do R exec "$1" true; R exec -u 1000:1000 "$1" true; done
    touch "$TMP/rootfs/tmp/stop"
    wait_for 5 grep -q tries "$TMP/rootfs/tmp/caught"
    tail -1 "$TMP/rootfs/tmp/caught"
}
check_match "no process that comes in by exec can be traced before it is the container's" "^0 caught, 0 directories, 0 secrets" "$(caught open)"
# Who may trace everybody may trace these too; but they have left the host behind by then.
bundle tracer '.process.capabilities |= with_entries(.value += ["CAP_SYS_PTRACE"])'
background tracer tracer sleep 1000
check_match "with CAP_SYS_PTRACE, it has neither the host's root nor a directory of it" " 0 directories, 0 secrets" "$(caught tracer)"
R delete -f tracer

# --- CVE-2026-30892: users are numbers ------------------------------------------------------------------------------------------------
for user in 0x0 '' ' 0' 0x3e8 1000abc +0 -1 0: :0 1:2:3 4294967296 4294967295 18446744073709551616 root 1e3 '0 '; do
    out=$(R exec -u "$user" open breakout privileges 2>&1) && bad+=" '$user'"
done
check_eq "exec -u takes nothing but numbers" "" "${bad:-}"
check_match "and these exactly" "^uid 1000 " "$(R exec -u 1000 open breakout privileges)"

# --- the caller's keys and terminal ---------------------------------------------------------------------------------------------------
check_eq "(the caller has a key)" REACHED "$("$BREAKOUT" keyring slt-secret)"
check_no_match "a container does not have its caller's keys" REACHED "$(inside plain breakout keyring slt-secret)"
check_no_match "nor does what is run in it" REACHED "$(R exec open breakout keyring slt-secret)"
on_terminal() { script -qec "$1" /dev/null </dev/null 2>/dev/null; }
if on_terminal "$BREAKOUT type" | grep -q REACHED; then
    commanded plain typing breakout type
    check_match "it cannot type into its caller's terminal" "not permitted" "$(on_terminal "timeout -k 5 20 $OCI run -b $TMP/plain typing")"
    check_match "nor can what is run in it" "not permitted" "$(on_terminal "timeout -k 5 20 $OCI exec open breakout type")"
else
    skip "typing into the caller's terminal" "this kernel has no TIOCSTI"
fi

# --- privileges -----------------------------------------------------------------------------------------------------------------------
cp "$BREAKOUT" "$TMP/rootfs/bin/suid"; chmod 4755 "$TMP/rootfs/bin/suid"
cp "$BREAKOUT" "$TMP/rootfs/bin/filecap"; setcap cap_net_raw+ep "$TMP/rootfs/bin/filecap"
cp "$BREAKOUT" "$TMP/rootfs/bin/inherits"; setcap cap_net_raw+ei "$TMP/rootfs/bin/inherits"
someone='.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities |= (.effective = [] | .permitted = [])'
bundle bound "$someone | .process.noNewPrivileges = true"
bundle loose "$someone"
bundle heir "$someone | .process.capabilities.inheritable = [\"CAP_NET_RAW\"]"
nothing="^uid 1000 capabilities 0000000000000000 inheritable 0000000000000000"
check_match "no_new_privs: a setuid program stays the user's" "$nothing" "$(inside bound suid privileges)"
check_match "(without it: root)" "^uid 0 " "$(inside loose suid privileges)"
check_match "no_new_privs: a file's capabilities are not had" "$nothing" "$(inside bound filecap privileges)"
check_match "(without it: they are)" "capabilities 0000000000002000" "$(inside loose filecap privileges)"
background bound nnp sleep 1000
check_match "no_new_privs holds for what is run in it" "$nothing" "$(R exec -u 1000:1000 nnp suid privileges)"
R delete -f nnp
check_match "CVE-2022-29162: nothing is inheritable" "$nothing" "$(inside loose inherits privileges)"
check_match "(when it is: it is had)" "capabilities 0000000000002000" "$(inside heir inherits privileges)"
check_match "nor by exec" " inheritable 0000000000000000" "$(R exec --cap CAP_NET_RAW open breakout privileges)"

# --- the kernel: /proc, /sys, devices, groups -----------------------------------------------------------------------------------------
refused "a fresh /proc, with nothing masked, in a user namespace of its own" plain bare breakout fresh proc
refused "a fresh /sys" plain bare breakout fresh sysfs
refused "/proc/sys/kernel/core_pattern" plain bare breakout write /proc/sys/kernel/core_pattern
check_no_match "/proc/sys is not made writable again" "REACHED" \
    "$(inside plain sh -c 'mount -o remount,rw /proc/sys; mount -o remount,bind,rw /proc/sys; mount -t proc x /tmp && breakout write /tmp/sys/kernel/core_pattern; breakout write /proc/sys/kernel/core_pattern')"
{ echo REACHED; head -c 65536 /dev/zero; } >"$TMP/disk"
if LOOP=$(losetup -f --show "$TMP/disk" 2>/dev/null); then
    bundle nodes '.linux.resources.devices = [{"allow": true, "access": "rwm"}]'
    refused "a device node made by mknod" plain nodes sh -c "n=/tmp/n\$RANDOM; mknod \$n b 7 ${LOOP#/dev/loop} && head -c 7 \$n"
    losetup -d "$LOOP"
else
    skip "a device node made by mknod" "no loop device here"
fi
if [ -d /sys/fs/cgroup/memory ]; then
    bundle hosts '.mounts += [{"destination": "/host", "type": "bind", "source": "/sys/fs/cgroup/memory", "options": ["bind"]}]'
    find_agent='for f in $(busybox find /sys/fs/cgroup /host -name release_agent 2>/dev/null); do breakout write $f; done'
    refused "CVE-2022-0492: a release agent" plain hosts sh -c "$find_agent"
    check_no_match "nor in a user namespace of its own" REACHED "$(for c in memory rdma pids; do inside plain breakout fresh cgroup $c; done)"
    leave='for f in $(busybox find /sys/fs/cgroup /host -maxdepth 2 -name tasks -o -maxdepth 2 -name cgroup.procs 2>/dev/null); do breakout write $f 0; done'
    refused "out of the own groups by cgroup.procs" plain hosts sh -c "$leave"
else
    skip "release agent and cgroup.procs" "no cgroup v1 memory controller"
fi

# --- links in the root filesystem -----------------------------------------------------------------------------------------------------
empty() { check_eq "$1: nothing was made outside" "" "$(ls -A "$TMP/outside")"; rm -rf "$TMP/outside"; mkdir "$TMP/outside"; }
rm "$TMP/outside/tool"; rootfs "$TMP/evil"
ln -s "$TMP/outside" "$TMP/evil/a"; ln -s "../../../../../../../..$TMP/outside" "$TMP/evil/b"; ln -s "$TMP/outside/file" "$TMP/evil/c"
bundle links '.mounts += [{"destination": "/a/new/dir", "type": "tmpfs", "source": "x"}, {"destination": "/b/new", "type": "tmpfs", "source": "x"},
    {"destination": "/a/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}, {"destination": "/c", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}]
    | .process.cwd = "/a/made/cwd" | .linux.devices = [{"path": "/b/device", "type": "c", "major": 1, "minor": 3}] | .linux.maskedPaths += ["/a/masked"]' "$TMP/evil"
check_match "targets behind links are made inside" "^fine$" "$(inside links echo fine)"
empty "CVE-2024-45310"
rmdir "$TMP/evil/dev"; ln -s "$TMP/outside" "$TMP/evil/dev"
bundle dev '.mounts |= map(select(.destination | startswith("/dev") | not))' "$TMP/evil"
inside dev true >/dev/null
bundle devs . "$TMP/evil"
inside devs true >/dev/null
empty "CVE-2026-41579, a link /dev"
rm "$TMP/evil/dev"; mkdir "$TMP/evil/dev"; ln -s /proc/sys/kernel/core_pattern "$TMP/evil/dev/null"
check_no_match "CVE-2025-31133: a link /dev/null masks nothing" "REACHED" "$(inside dev sh -c 'for f in /proc/keys /proc/timer_list; do [ -c $f ] || echo REACHED; done')"
rm "$TMP/evil/dev/null"
# In a /dev that is bound from elsewhere the runtime makes no nodes: what masks a file is looked at when it does.
mkdir "$TMP/device-nodes"
bundle bound_dev '.mounts |= map(select(.destination | startswith("/dev") | not))
    | .mounts += [{"destination": "/dev", "type": "bind", "source": "'"$TMP"'/device-nodes", "options": ["bind"]}] | .linux.maskedPaths = ["/etc/passwd"]'
mknod -m 666 "$TMP/device-nodes/null" c 1 3
check_match "(with the null device in a /dev that is bound: masked)" "^masked$" "$(inside bound_dev sh -c '[ -c /etc/passwd ] && echo masked')"
echo REACHED >"$TMP/device-nodes/other"
for made in "ln -s other" "ln -s /etc/group" "cp $TMP/device-nodes/other" "mknod -m 666 %s c 1 5" "mkdir"; do
    rm -rf "$TMP/device-nodes/null"
    case $made in mknod*) ${made/\%s/"$TMP/device-nodes/null"} ;; *) $made "$TMP/device-nodes/null" ;; esac
    check_match "CVE-2025-31133: what masks a file must be the null device ($made)" "mask /etc/passwd: /dev/null of the root filesystem is not the null device" \
        "$(inside bound_dev sh -c 'head -c 99 /etc/passwd; echo REACHED')"
done
# Nor is the terminal bound onto what a link /dev/console leads to.
# terminal NAME: what a container of that bundle, which has a terminal, says there
terminal() { on_terminal "timeout -k 5 20 $OCI run -b $TMP/$1 $1-$RANDOM" | tr -d '\r'; }
no_dev='.mounts |= map(select((.destination | startswith("/dev") | not) or .destination == "/dev/pts"))'
bundle console "$no_dev | .process.terminal = true" "$TMP/evil"
commanded console console sh -c 'grep " - devpts " /proc/self/mountinfo; echo looked'
check_match "(without a link it is bound)" " /dev/console .*looked" "$(terminal console | xargs)"
for link in ../etc/passwd /etc/terminal "$TMP/outside/terminal" /proc/sys/kernel/domainname; do
    ln -sfn "$link" "$TMP/evil/dev/console"
    check_match "CVE-2025-52565: a link /dev/console to ${link/#"$TMP"/} is refused" "^[^ ]*slipway-oci: .*/dev/console of the root filesystem must be an ordinary file, it is a link" "$(terminal console)"
done
check_rc "nothing was made where it leads" 1 test -e "$TMP/evil/etc/terminal" -o -e "$TMP/evil$TMP/outside/terminal"
rm "$TMP/evil/dev/console"
mkdir "$TMP/evil/dev/elsewhere"; mknod -m 666 "$TMP/evil/dev/elsewhere/ptmx" c 5 2
bundle pts "$no_dev"' | .mounts |= map(select(.destination != "/dev/pts")) | .process.terminal = true' "$TMP/evil"
commanded pts pts echo REACHED
rmdir "$TMP/evil/dev/pts"; ln -s elsewhere "$TMP/evil/dev/pts"
check_match "nor comes a terminal from what is no devpts" "/dev/pts of the container is no devpts" "$(terminal pts)"
rm -r "$TMP/evil/dev/pts" "$TMP/evil/dev/elsewhere"
empty "terminals"
for place in proc sys; do
    rmdir "$TMP/evil/$place"; mkdir -p "$TMP/evil/tmp/$place"; ln -s "tmp/$place" "$TMP/evil/$place"
    check_match "CVE-2019-19921: a link /$place is refused" "\"/$place\": filesystem .* must be mounted on ordinary directory" "$(inside devs true)"
    rm "$TMP/evil/$place"; mkdir "$TMP/evil/$place"
done
mkdir -p "$TMP/fake/sys/net/ipv4" "$TMP/fake/self/attr"; ln -s "$TMP/outside/written" "$TMP/fake/sys/net/ipv4/ip_forward"
bundle fake '.mounts |= map(if .destination == "/proc" then {"destination": "/proc", "type": "bind", "source": "'"$TMP"'/fake", "options": ["bind"]} else . end)
    | .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
check_match "CVE-2025-52881: a sysctl is not written where /proc was replaced" "^1$" "$(inside fake sh -c 'mount -t proc p /tmp 2>/dev/null; cat /sys/class/net/lo/ifindex')"
empty "a replaced /proc"

# --- CVE-2021-30465, CVE-2025-31133, CVE-2023-27561: names that are exchanged meanwhile --------------------------------------------------
# One container exchanges, in a root filesystem that it shares with the others, the directory /proc, the null device and the directory
# that holds a mount's target, each with what would lead out.
rootfs "$TMP/shared"
mkdir -p "$TMP/shared/"{proc2,vol/real/target}; ln -s "$TMP/outside" "$TMP/shared/vol/link"
ln -s /proc/sys/kernel/core_pattern "$TMP/shared/dev/link"; mknod -m 666 "$TMP/shared/dev/null" c 1 3
bundle racer '.mounts += [{"destination": "/shared", "type": "bind", "source": "'"$TMP"'/shared", "options": ["bind"]}, {"destination": "/vol", "type": "bind", "source": "'"$TMP"'/vol", "options": ["bind"]}]
    | .linux.resources.devices += [{"allow": true, "type": "c", "access": "m"}]'
bundle victim '.mounts |= map(select(.destination | startswith("/dev") | not))
    | .mounts += [{"destination": "/vol/real/target/deep", "type": "tmpfs", "source": "x"}, {"destination": "/vol/real/target/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}]' "$TMP/shared"
# In there, a masked file must be the null device, and /proc/sys read-only, wherever /proc is by now.
look='for p in /proc /proc2; do cd $p; [ -d self ] || continue; for f in keys timer_list; do [ ! -f $f ] || echo REACHED $f; done
    breakout write sys/kernel/core_pattern | grep -q REACHED && echo REACHED sys; done; echo looked'
check_match "(undisturbed it starts)" "^looked$" "$(inside victim sh -c "$look")"
background racer racer breakout swap /vol/stop /shared/proc /shared/proc2 /shared/dev/null /shared/dev/link /shared/vol/real /shared/vol/link
wait_for 5 says racer ready
: >"$TMP/race"
for i in $(seq 40); do R run -b "$TMP/victim" "victim-$i" >>"$TMP/race" 2>&1; done
touch "$TMP/vol/stop"
check "the racer ends" wait_for 10 says racer exchanges
check_eq "no race is won, whether the container starts or is refused" "" "$(grep -a REACHED "$TMP/race" | sort | uniq -c)"
check "thousands of exchanges happened meanwhile" test "$(awk '/exchanges/ {print $1}' "$TMP/racer.out")" -gt 2000
check "and some containers started" grep -q looked "$TMP/race"
empty "forty races"

# --- CVE-2025-52565: the same with the terminal -----------------------------------------------------------------------------------------
# Exchanged are /dev/console with a link, and the devpts with a directory whose terminals are links to what is read-only.
rm "$TMP/vol/stop" "$TMP/shared/dev/"*; mkdir "$TMP/shared/dev/"{pts,pts2}; : >"$TMP/shared/dev/console"
ln -s ../etc/passwd "$TMP/shared/dev/link"; mknod -m 666 "$TMP/shared/dev/pts2/ptmx" c 5 2
for n in 0 1 2; do ln -s /proc/sys/kernel/core_pattern "$TMP/shared/dev/pts2/$n"; done
bundle onterm "$no_dev | .process.terminal = true" "$TMP/shared"
# A mount follows what it is upon from name to name, so it may be at either; none of it may be of /proc.
commanded onterm onterm sh -c 'cat /proc/self/mountinfo; for f in keys timer_list; do [ ! -f /proc/$f ] || echo REACHED $f; done; echo looked'
misplaced() { awk '$5 ~ "^/dev" && !/ - devpts / || / - devpts / && $5 !~ "^/dev/(pts2?|console|link)$" || /REACHED/' "$1" | sort | uniq -c; }
terminal onterm >"$TMP/race"
check "(undisturbed it starts, and the terminal is bound)" grep -q " /dev/console .* - devpts " "$TMP/race"
background racer consoles breakout swap /vol/stop /shared/dev/console /shared/dev/link /shared/dev/pts /shared/dev/pts2
wait_for 5 says consoles ready
: >"$TMP/race"
both_seen() { grep -q looked "$TMP/race" && grep -q "slipway-oci: " "$TMP/race"; }
end=$((SECONDS + 4)) runs=0
while [ $SECONDS -lt $end ] || { [ $SECONDS -lt $((end + 60)) ] && ! both_seen; }; do terminal onterm >>"$TMP/race"; runs=$((runs + 1)); done
touch "$TMP/vol/stop"
check "the racer ends" wait_for 10 says consoles exchanges
check_eq "no race for the terminal is won" "" "$(misplaced "$TMP/race")"
check "and some of $runs containers started" grep -q looked "$TMP/race"
check "while some were refused" grep -q "slipway-oci: " "$TMP/race"
empty "races for the terminal"
R delete -f open

# --- the same by way of the engine ----------------------------------------------------------------------------------------------------
engine_start
wait_for 30 S image inspect busybox
S run -d --init --name way --network none --security-opt seccomp=unconfined busybox sleep 1000 >/dev/null
S cp "$BREAKOUT" way:/bin/breakout; S cp "$BREAKOUT" way:/bin/suid
X() { timeout 30 "$B/slipway" exec "$@" </dev/null 2>&1; }
seen=$(X way breakout inventory)
expected_mounts="/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sbin/docker-init /sys" expected_environ="HOME=/root PATH"
judge engine "$seen"
check_eq "engine: init, its child and the exec were looked at" 3 "$(grep -c '^open .* fd/0 ' <<<"$seen")"
out=
for n in $(seq 3 20); do
    out+=$(X -w "/proc/self/fd/$n" way cat "../../../../../../../../..$TMP/secret"; X way "/proc/self/fd/$n/../../../../../../..$BREAKOUT" privileges)$'\n'
done
check_no_match "engine: no descriptor leads exec out" "secret-of|^uid" "$out"
check_no_match "engine: a container does not have the engine's keys" REACHED "$(timeout 30 "$B/slipway" run --rm --network none -v "$BREAKOUT:/bin/breakout" --security-opt seccomp=unconfined busybox breakout keyring slt-secret 2>&1)"
check_no_match "engine: nor does what is run in it" REACHED "$(X way breakout keyring slt-secret)"
check_eq "engine: the init that it lends is on a read-only mount" read-only "$(X way breakout readonly /proc/1/exe)"
X -d way sh -c "breakout catch /tmp/stop $TMP/secret >/tmp/caught 2>&1"
wait_for 5 X way grep ready /tmp/caught
for _ in 1 2 3 4 5 6; do X way true; X -u 1000:1000 way true; done
X way touch /tmp/stop
wait_for 5 X way grep tries /tmp/caught
check_match "engine: no process that comes in by exec can be traced before it is the container's" "^0 caught, 0 directories, 0 secrets" "$(X way tail -1 /tmp/caught)"
if readelf -l "$B/slipway-shim" | grep -q INTERP; then
    skip "engine: the shim's own program" "a sanitized one needs libraries that are not in the container"
else
    X way sh -c 'mkdir /r && mkfifo /r/config.json'
    X -d way sh -c 'breakout overwrite >/tmp/taken 2>&1'
    wait_for 5 X way grep ready /tmp/taken
    X way /proc/self/exe --id x --state /r >"$TMP/shim.log" &
    taken() { X way cat /tmp/taken | grep -Eq "REACHED|system|busy|not seen"; }
    wait_for 10 taken
    check_match "engine: exec of /proc/self/exe: the shim is on a read-only mount" "seen on a read-only mount" "$(X way cat /tmp/taken)"
    wait $!
fi
S rm -f way >/dev/null
finish
