# Sourced after lib.sh by the tests of the runtime specification: a busybox root filesystem and bundles beside it.
# shellcheck shell=bash
GROUP=slrt-$TEST-$$
OCI="$B/slipway-oci --root $TMP/state"
# What a test has mounted below its directory would keep that from being removed.
unmount_all() { awk -v below="$TMP/" 'index($5, below) == 1 {print $5}' /proc/self/mountinfo | sort -r | xargs -r umount -l 2>/dev/null; }
R() { timeout -k 5 30 $OCI "$@" </dev/null; }
at_exit 'for id in $(R list -q 2>/dev/null); do R delete -f "$id" >/dev/null 2>&1; done
         find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null; unmount_all'

mkdir -p "$TMP/rootfs/"{bin,dev,proc,sys,etc,tmp,root}
cp "$(command -v busybox)" "$TMP/rootfs/bin/busybox"
for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$TMP/rootfs/bin/$applet" 2>/dev/null; done
printf 'root:x:0:0:root:/root:/bin/sh\nlearner:x:1000:1000::/home/learner:/bin/sh\n' >"$TMP/rootfs/etc/passwd"
(cd "$TMP" && R spec && jq --arg root "$TMP/rootfs" --arg group "/$GROUP/c" '.root.path = $root | .process.terminal = false
    | .process.noNewPrivileges = false | .linux.cgroupsPath = $group' config.json >base.json)

TIDY= # a sed command over a config that is made, for what jq cannot write
# bundle NAME JQ-FILTER [COMMAND]: a bundle beside the common root filesystem, which runs `sh -c COMMAND`
bundle() {
    [ -d "$TMP/$1" ] || mkdir -p "$TMP/$1"
    jq --arg c "${3:-true}" '.process.args = ["sh", "-c", $c] | '"$2" "$TMP/base.json" >"$TMP/$1/config.json" || return
    [ -z "$TIDY" ] || sed -i -E "$TIDY" "$TMP/$1/config.json"
}
NUMBER=0 && mkdir "$TMP"/b{1..200} # all at once: where a kernel is emulated each command is dear
# seen JQ-FILTER COMMAND: what a container of that config says when it runs COMMAND, errors of the runtime included
seen() { NUMBER=$((NUMBER + 1)); bundle "b$NUMBER" "$1" "${2:-true}" || return; R run -b "$TMP/b$NUMBER" "c-$BASHPID-$NUMBER" 2>&1; }
# refused NAME PATTERN JQ-FILTER: no container comes of it, the error says why, nothing is left
refused() {
    local out rc
    out=$(seen "$3" "echo it ran"); rc=$?
    if [ $rc = 0 ] || ! grep -Eq -- "$2" <<<"$out" || grep -q "it ran" <<<"$out"; then not_ok "$1" "exit: $rc" "wanted a match of: $2" "got: $out"; else ok "$1"; fi
}
# background NAME ID: create and start without waiting; streams must not keep this script's
background() { R create -b "$TMP/$1" "$2" >"$TMP/$2.out" 2>&1 && R start "$2"; }
status() { R state "$1" | jq -r .status; }
is() { [ "$(status "$1")" = "$2" ]; }
groups_left() { find /sys/fs/cgroup -type d -path "*/$GROUP/$1*" 2>/dev/null; }
# unified_only: from here on the tree of cgroup v2 is all there is at /sys/fs/cgroup. A tree that is mounted already is bound: mounting
# it once more would reset its options for the whole machine.
unified_only() {
    local tree
    find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null
    tree=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
    [ "$tree" = /sys/fs/cgroup ] && return
    mkdir "$TMP/tree"
    if [ -n "$tree" ]; then mount --bind "$tree" "$TMP/tree"; else mount -t cgroup2 none "$TMP/tree"; fi || return
    umount -R /sys/fs/cgroup && mount --move "$TMP/tree" /sys/fs/cgroup
}
