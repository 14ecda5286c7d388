# Put before every script of this lab.
cd /work || exit 1
say() { echo "$1"; exit 1; }
if [ -d /sys/fs/cgroup/pids ]; then tree=/sys/fs/cgroup/pids; else tree=/sys/fs/cgroup; fi
# First processes of PID namespaces below the machine's, one a line.
firsts() { grep -hs ^NSpid: /proc/[0-9]*/status | awk 'NF > 2 && $NF == 1 { print $2 }'; }
host_name() { nsenter --target "$1" --uts hostname 2> /dev/null; }
differs() { ! [ "/proc/$1/ns/$2" -ef "/proc/self/ns/$2" ]; }
# The container: process 1 of a namespace, with the right host name when there is one.
find_box() {
    local pid last=
    for pid in $(firsts); do
        last=$pid
        [ "$(host_name "$pid")" = "$name" ] && { box=$pid; return; }
    done
    box=$last
}
need_box() {
    find_box
    [ -n "$box" ] || say "No process is number 1 of a new PID namespace. Start one with unshare --pid --fork."
    local kind
    for kind in mnt uts ipc net; do
        differs "$box" $kind || say "Process $box has a PID namespace of its own, but shares the machine's $kind namespace."
    done
    [ "$(host_name "$box")" = "$name" ] || say "The host name inside is $(host_name "$box"), not $name."
}
need_root() {
    local roots
    [ "$(stat -c %d:%i "/proc/$box/root/" 2> /dev/null)" != "$(stat -c %d:%i /)" ] || say "The container (process $box) still has the machine's root directory."
    [ -e "/proc/$box/root/etc/issue" ] || say "The root of the container is not the image: there is no /etc/issue."
    [ "$(nsenter --target "$box" --mount ls -di / 2> /dev/null | tr -dc 0-9)" = "$(ls -di "/proc/$box/root/" | cut -d' ' -f1 | tr -dc 0-9)" ] ||
        say "The container's root is a directory inside the machine's, as after chroot: the root of its mount namespace is still the machine's. Use pivot_root."
    roots=$(awk '$5 == "/" { for (i = 7; i < NF; i++) if ($i == "-") print $(i + 1) }' "/proc/$box/mountinfo" | tail -1)
    [ "$roots" = overlay ] || say "The root of the container is of the type $roots; it has to be the overlay at /work/box."
    [ "$(grep -c . "/proc/$box/mountinfo")" -le 12 ] || say "The container still has the machine's mounts ($(wc -l < "/proc/$box/mountinfo") lines in /proc/$box/mountinfo): unmount the old root, with umount -l."
    awk '$5 == "/proc" { for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "proc") found = 1 } END { exit !found }' "/proc/$box/mountinfo" || say "There is no /proc in the container: mount -t proc proc /proc."
}
# What a script of ours starts as a container: $1 names what it does more (root, caps).
overlay() {
    mkdir -p /work/upper /work/scratch /work/box
    mountpoint -q /work/box || mount -t overlay box -o lowerdir=/work/image,upperdir=/work/upper,workdir=/work/scratch /work/box
}
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
all="unshare --pid --fork --mount --uts --ipc --net"
end_box() { local pid; for pid in $(firsts); do kill -KILL "$pid"; done; sleep 0.1; }
settle() { for _ in $(seq 60); do find_box; [ -n "$box" ] && [ "$(host_name "$box")" = "$name" ] && [ "$(tr '\0' ' ' < "/proc/$box/cmdline")" = "sleep 100000 " ] && return; sleep 0.05; done; }
enter='hostname $name && cd /work/box && mkdir -p old && pivot_root . old && cd / && mount -t proc proc /proc && umount -l /old && rmdir /old'
