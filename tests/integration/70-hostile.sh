#!/bin/bash
# Hostile images, hostile containers and hostile learners: nothing outside is touched, nobody is held up, all can be removed.
. "$(dirname "$0")/../lib.sh"
engine_start
within() { local limit=$1; shift; timeout "$limit" "$@"; }

# --- images ---
echo untouched >"$TMP/victim"
mkdir "$TMP/outside" "$TMP/rootfs"
tar -C "$TMP/rootfs" -xf "$B/images/busybox.tar"
hostile() { # NAME, then what to do in its rootfs
    rm -rf "${TMP:?}/$1" && cp -a "$TMP/rootfs" "$TMP/$1" && (cd "$TMP/$1" && eval "$2") && tar -C "$TMP/$1" -cf "$TMP/$1.tar" . &&
        S import "$TMP/$1.tar" "$1" >/dev/null
}
up=../../../../../../../../../../..
hostile links "mkdir -p etc; rm -rf dev proc sys tmp; ln -s $TMP/outside dev; ln -s $up$TMP/victim etc/hosts; ln -s $TMP/victim etc/resolv.conf
    ln -s $up$TMP/victim etc/hostname; ln -s $TMP/outside tmp; ln -s $up$TMP/outside target; ln -s /proc/self/root/$up$TMP/outside magic"
S run --rm links true >"$TMP/out" 2>&1
S run --rm --tmpfs /tmp/x -w /target/made links true >>"$TMP/out" 2>&1
S run --rm -v "$TMP/rootfs:/target/bound" -v "$TMP/victim:/magic/file" links true >>"$TMP/out" 2>&1
check_eq "links in an image lead to nothing outside" "" "$(ls -A "$TMP/outside")"
check_eq "nor is a file outside changed" untouched "$(cat "$TMP/victim")"
hostile proc "rm -rf proc; ln -s $TMP/outside proc"
S run --rm proc true >"$TMP/out" 2>&1
check_eq "a /proc that is a link mounts nothing outside" "" "$(ls -A "$TMP/outside")$(grep "$TMP/outside" /proc/self/mountinfo)"
hostile null "rm -rf dev/null; mkdir -p dev; echo mine >dev/null"
check_no_match "a false /dev/null masks nothing" "mine" "$(S run --rm null cat /proc/keys /proc/timer_list 2>&1)"

hostile fifo "mkdir -p etc; rm -f etc/passwd etc/group; mkfifo etc/passwd etc/group"
check_rc "a FIFO as passwd holds nobody up" 0 within 5 "$B/slipway" run --rm fifo true
check_rc "nor with a user's name" 125 within 5 "$B/slipway" run --rm -u nobody fifo true
hostile huge "mkdir -p etc; rm -f etc/passwd; truncate -s 64M etc/passwd"
check_rc "nor does a passwd of 64 MB" 0 within 5 "$B/slipway" run --rm -u 5 huge true

mkdir "$TMP/evil" && (cd "$TMP/evil" && ln -s "$TMP/outside" d && tar cf "$TMP/evil.tar" d && rm d && mkdir d && echo x >d/f && tar rf "$TMP/evil.tar" d/f &&
    tar rPf "$TMP/evil.tar" --transform "s,^,$up$TMP/outside/," d/f && tar rPf "$TMP/evil.tar" --transform "s,^,$TMP/outside/," d/f)
S import "$TMP/evil.tar" evil >"$TMP/out" 2>&1
check_eq "a tar with .., absolute names and a file through a link unpacks nothing outside" "" "$(ls -A "$TMP/outside")"

# --- descriptors and directories of the way in (CVE-2024-21626, CVE-2019-5736) ---
S run -d --name victim busybox sleep 1000 >/dev/null
check_eq "init has its three streams and no more" "0 1 2" "$(S exec victim sh -c 'cd /proc/1/fd; echo *')"
check_eq "so has an exec" "0 1 2 3" "$(S exec victim sh -c 'ls /proc/self/fd | xargs')" # 3: ls reading the directory
reached=$(for i in $(seq 3 48); do
    S exec -w "/proc/self/fd/$i" victim echo "exec in $i"
    S run --rm --network none -w "/proc/self/fd/$i" busybox echo "run in $i"
    S exec victim "/proc/self/fd/$i/$up/bin/echo" "exec by $i"
done 2>/dev/null | grep -E '^(exec|run) (in|by)')
check_eq "no descriptor of the engine serves as directory or leads to a program" "" "$reached"
sum=$(sha256sum <"$B/slipway-shim")
S exec victim sh -c 'printf "#!/proc/self/exe\n" >/self; chmod +x /self; for p in /proc/[0-9]*; do { echo x >$p/exe; } 2>/dev/null; done' >/dev/null 2>&1
S exec victim /self >/dev/null 2>&1
check_eq "the shim's program is what it was" "$sum" "$(sha256sum <"$B/slipway-shim")"

status=$(S exec victim cat /proc/1/status)
check_match "Docker's capabilities" "CapEff:	00000000a80425fb" "$status"
check_match "none inheritable" "CapInh:	0000000000000000" "$status"
check_match "no_new_privs only when asked for" "NoNewPrivs:	0" "$status"
check_match "a seccomp filter" "Seccomp:	2" "$status"
for attempt in 'mount -t tmpfs x /mnt' 'echo 1 >/proc/sys/kernel/panic' 'echo h >/proc/sysrq-trigger' 'unshare -U true' 'mkdir /sys/fs/cgroup/pids/x' \
    'mknod /tmp/d b 254 0 && cat /tmp/d' 'hostname x' 'head -c1 /proc/kcore | grep -q .' 'echo x >/sys/kernel/uevent_helper'; do
    check_no_match "refused in a container: $attempt" "^done$" "$(S exec victim sh -c "{ $attempt; } >/dev/null 2>&1 && echo done" 2>&1)"
done

# Trees deeper than any path is long and than descriptors suffice for.
cat >"$TMP/deep.c" <<'EOC'
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) { int i; for (i = 0; i < 25000 && !mkdir("dddddddd", 0755) && !chdir("dddddddd"); i++) ; printf("%d\n", i); }
EOC
gcc -static -O1 -o "$TMP/deep" "$TMP/deep.c"
S run -d --name deep -v "$TMP/deep:/deep:ro" busybox sleep 1000 >/dev/null
check_match "a directory 25000 deep is made" "^[0-9]{4,}$" "$(S exec deep /deep)"
id=$(S inspect -f '{{.Id}}' deep)
check_rc "its layers can be looked at" 0 within 10 "$B/slipway" xray deep layers
check_rc "it can be removed" 0 S rm -f deep
no_layer() { [ ! -e "$DATA/overlay2/$id" ] && [ ! -e "$DATA/containers/$id" ]; }
check "without a rest" wait_for 120 no_layer

# --- learners ---
lab=two-namespaces-and-a-wire
in_lab() { within 40 "$B/slipway" lab shell $lab <<<"$1" 2>&1; }
S lab start $lab >/dev/null
box=$(api GET /slipway/sandboxes | jq -r '.[0].Id')
for attempt in 'echo 1073741824 >/sys/fs/cgroup/memory/memory.limit_in_bytes' 'echo max >/sys/fs/cgroup/pids/pids.max' 'echo a >/sys/fs/cgroup/devices/devices.allow' \
    'echo /x >/sys/fs/cgroup/memory/release_agent' 'sysctl -w user.max_net_namespaces=9999' 'sysctl -w kernel.core_pattern=x' 'mount -t cgroup -o none,name=evil x /media' \
    'mount -t debugfs x /media' 'mount -t devtmpfs x /media' 'echo -1000 >/proc/self/oom_score_adj' 'keyctl show'; do
    check_no_match "refused in a lab: $attempt" "^done$" "$(in_lab "mkdir -p /media; { $attempt; } >/dev/null 2>&1 && echo done")"
done
check_match "no CAP_SYS_RESOURCE, which could lift bounds" "^0$" "$(in_lab 'c=$(awk "/CapEff/{print \$2}" /proc/self/status); echo $((0x$c >> 24 & 1))')"

in_lab 'mkdir -p /run/netns; cd /run/netns; mkfifo fifo; ln -s fifo link; ln -s / root; ln -s /proc/1/ns/net net; ln -s /dev/ptmx tty; for i in $(seq 1 70); do ip netns add n$i 2>/dev/null; done
    printf "\377\376" >/proc/self/comm; touch "$(printf "\377")"; ip netns add "$(printf "n\377")"; ip link add "$(printf "v\377")" type bridge
    seq 1 3000 | xargs touch' >/dev/null
picture=$(curl -s -m 5 --unix-socket "$SOCK" "http://d/slipway/containers/$box/network")
check_match "FIFOs, links and bad names among the namespaces hold nobody up" "^[1-9]" "$(jq '.namespaces | length' <<<"$picture")"
check_match "at most 64 network namespaces" "^(5|6)[0-9]$" "$(in_lab 'awk "{print \$5}" /proc/self/mountinfo | grep "^/run/netns/n" | sort -u | wc -l')"

within 5 "$B/slipway" lab shell $lab <<<'bomb() { bomb | bomb & }; bomb; sleep 2' >/dev/null 2>&1
pids=$(cat /sys/fs/cgroup/pids/slipway-*/"$box"/pids.current) most=$(cat /sys/fs/cgroup/pids/slipway-*/"$box"/pids.max)
check "a fork bomb stays within its $most processes ($pids)" test "$pids" -le "$most"
check "and the engine answers" curl -fs -m 2 --unix-socket "$SOCK" http://d/slipway/overview
check_rc "the lab can be stopped" 0 within 10 "$B/slipway" lab stop $lab

S lab start $lab >/dev/null
box=$(api GET /slipway/sandboxes | jq -r '.[0].Id')
in_lab 'mkdir -p /media; mount -t tmpfs x /media; head -c 600M /dev/zero >/media/f' >/dev/null
used=$(cat /sys/fs/cgroup/memory/slipway-*/"$box"/memory.max_usage_in_bytes) most=$(cat /sys/fs/cgroup/memory/slipway-*/"$box"/memory.limit_in_bytes)
check "a tmpfs filler stays within its memory" test "$used" -le "$most"
api DELETE "/slipway/sandboxes/$box" >/dev/null # with its memory full, the kernel may have ended it already
S lab start $lab >/dev/null
box=$(api GET /slipway/sandboxes | jq -r '.[0].Id')
in_lab 'mkdir -p /media; cd /sys/fs/cgroup/freezer; for i in $(seq 1 300); do mkdir d && cd d || break; done; sleep 1000 & echo $! >../cgroup.procs; echo FROZEN >../freezer.state
    n=$(printf %0200d 1); cd /sys/fs/cgroup/pids; for i in $(seq 1 40); do mkdir $n && cd $n || break; done
    cd /media; for i in $(seq 1 7); do mount --rbind / /media; done' >/dev/null 2>&1
check "a table of thousands of mounts delays no overview" curl -fs -m 2 --unix-socket "$SOCK" http://d/slipway/overview
check_rc "a frozen process in a group 300 deep does not keep a lab from stopping" 0 within 10 "$B/slipway" lab stop $lab
check_eq "and leaves no group" "" "$(find /sys/fs/cgroup -type d -name "$box" 2>/dev/null)"
check_eq "no process" "" "$(pgrep -f "^sleep 1000$" -u 268435456)"
finish
