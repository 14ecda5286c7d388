#!/bin/bash
# HostConfig: what every option of run does to the kernel, what it looks like inside, and how a bad one is refused.
. "$(dirname "$0")/../lib.sh"
engine_start
wait_for 20 S image inspect busybox
v1=; [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] && v1=1
run() { S run --rm --network none "$@" 2>&1; }
refused() { local name=$1 want=$2 out; shift 2; out=$(run "$@"); check_match "$name" "$want" "$out"; }
inspect() { S inspect -f "$2" "$1"; }
status() { sed -n "s/^$1:[[:space:]]*//p"; }

# --- limits, as the kernel has them (cgroup v1; v2 is conformance/v2-checks.sh)
if [ "$v1" ]; then
    S run -d --name limits --network none -m 64m --memory-swap 96m --memory-reservation 32m --memory-swappiness 7 --cpu-period 50000 \
        --cpu-quota 25000 -c 512 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 33 busybox sleep 1000 >/dev/null
    in_group() { S exec limits cat "/sys/fs/cgroup/$1"; }
    check_eq "memory, swap, reservation, swappiness" "67108864 100663296 33554432 7" "$(for f in limit_in_bytes memsw.limit_in_bytes \
        soft_limit_in_bytes swappiness; do in_group memory/memory.$f; done | xargs)"
    check_eq "CPU period, quota and shares" "50000 25000 512" "$(for f in cfs_period_us cfs_quota_us shares; do in_group cpu/cpu.$f; done | xargs)"
    check_eq "CPUs, memory nodes, processes" "0 0 33" "$(for f in cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max; do in_group $f; done | xargs)"
    S rm -f limits >/dev/null
    check_eq "the cgroup namespace is the host's, as Docker has it on v1" host "$(S create --name ns busybox >/dev/null; inspect ns '{{.HostConfig.CgroupnsMode}}')"
    check_match "a group shows its whole path" 'memory:/.+/[0-9a-f]{64}$' "$(run busybox cat /proc/self/cgroup)"
    check_match "a private one hides it" 'memory:/$' "$(run --cgroupns private busybox cat /proc/self/cgroup)"
    check_match "oom-kill-disable" 'oom_kill_disable 1' "$(run -m 32m --oom-kill-disable busybox cat /sys/fs/cgroup/memory/memory.oom_control)"
    check_match "and without a limit it warns" 'WARNING: OOM killer is disabled.*no memory limit' "$(run --oom-kill-disable busybox true)"
    disk=$(lsblk -dno NAME 2>/dev/null | head -1); disk=/dev/${disk:-vda}
    if [ -b "$disk" ] && [ -e /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ]; then
        for row in read-bps:1mb:read_bps:1048576 write-bps:2mb:write_bps:2097152 read-iops:1000:read_iops:1000 write-iops:2000:write_iops:2000; do
            IFS=: read -r flag value file want <<<"$row"
            check_match "--device-$flag" "^[0-9]+:[0-9]+ $want$" "$(run --device-"$flag" "$disk:$value" busybox cat /sys/fs/cgroup/blkio/blkio.throttle."${file}"_device)"
        done
    fi
    refused "a throttle of a device that is not there" 'stat /dev/nosuch: no such file or directory' --device-read-bps /dev/nosuch:1mb busybox true
    [ -e /sys/fs/cgroup/blkio/blkio.weight ] || check_match "a weight that the kernel has not is discarded with a warning" \
        'Block I/O weight or the cgroup is not mounted. Weight discarded' "$(run --blkio-weight 300 busybox true)"
    refused "cpu-shares below the least" 'the minimum allowed cpu-shares is 2' -c 1 busybox true
fi
# What the kernel has no file for is discarded with a warning, whatever its value.
lacking() {
    case $1 in
    --memory-swappiness*) [ ! -e /sys/fs/cgroup/memory/memory.swappiness ] ;;
    --cpuset-*) [ ! -e /sys/fs/cgroup/cpuset ] && ! grep -qsw cpuset /sys/fs/cgroup/cgroup.controllers ;;
    *) false ;;
    esac
}
while IFS='|' read -r flags want; do
    # shellcheck disable=SC2086
    if lacking "$flags"; then check_match "discarded: $flags" 'Your kernel does not support .* discarded' "$(run $flags busybox true)"
    else refused "refused: $flags" "$want" $flags busybox true; fi
done <<'ROWS'
-m 4m|Minimum memory limit allowed is 6MB
-m 64m --memory-swap 32m|Minimum memoryswap limit should be larger than memory limit
--memory-swap 64m|You should always set the Memory limit when using Memoryswap limit
--memory-swappiness 101|valid memory swappiness range is 0-100
-m 64m --memory-reservation 128m|Minimum memory limit can not be less than memory reservation limit
--cpus 1 --cpu-quota 5000|Nano CPUs and CPU Quota cannot both be set
--cpus 1 --cpu-period 5000|Nano CPUs and CPU Period cannot both be set
--cpus 1000|Range of CPUs is from 0.01 to
--cpus 0.0000000001|value is too precise
--cpu-period 10|CPU cfs period can not be less than 1ms
--cpu-quota 10|CPU cfs quota can not be less than 1ms
--cpuset-cpus 77|Requested CPUs are not available - requested 77
--cpuset-mems 9|Requested memory nodes are not available - requested 9
--cpuset-cpus x|invalid format: x
--blkio-weight 70000|value out of range
--blkio-weight-device /dev/vda:5|invalid weight for device
--oom-score-adj 2000|range for oom score adj is
--ulimit nofile=200:100|soft limit must be less than or equal to hard limit
--ulimit nosuch=1|invalid ulimit type: nosuch
--ulimit nofile=99999999|error setting rlimits for ready process: error setting rlimit type 7: operation not permitted
--device null|null is not an absolute path
--device /dev/nosuch|error gathering device information while adding custom device "/dev/nosuch"
--device /dev/null:/dev/x:zz|bad mode specified: zz
--device-cgroup-rule nonsense|invalid device cgroup format 'nonsense'
--gpus all|could not select device driver
--cap-add NOPE|unknown capability: "CAP_NOPE"
--security-opt nope|[Ii]nvalid --security-opt
--security-opt nope=1|invalid --security-opt 2
--security-opt no-new-privileges:maybe|invalid --security-opt 2
--security-opt seccomp=/no/file|opening seccomp profile .* failed
--security-opt label=type:x|SELinux is not enabled
--pid nope|invalid PID mode
--ipc nope|invalid IPC mode
--uts nope|invalid UTS mode
--userns nope|invalid USER mode
--cgroupns nope|invalid CGROUP mode
--uts host --hostname x|conflicting options: hostname and the UTS mode
--sysctl kernel.panic=1|is not allowed
--runtime nope|Unknown runtime specified nope
--isolation hyperv|nvalid isolation
--platform linux/s390x|does not match the specified platform: wanted linux/s390x
--pull sometimes|invalid pull option
--stop-signal NOPE|nvalid signal: NOPE
--workdir rel|working directory 'rel' is invalid
--ip 1.2.3.4|user specified IP address is supported
ROWS

# --- devices
check_match "--device: another name" 'c.*1, +3.*/dev/mynull' "$(run --device /dev/null:/dev/mynull busybox ls -l /dev/mynull)"
check_match "and only what is allowed" 'not permitted' "$(run --device /dev/zero:/dev/z:r busybox sh -c 'echo x >/dev/kmsg; mknod /tmp/k c 1 11 && echo x >/tmp/k')"
mkdir "$TMP/nodes"; mknod "$TMP/nodes/a" c 1 3; mkdir "$TMP/nodes/sub"; mknod "$TMP/nodes/sub/b" c 1 5
check_eq "--device of a directory gives every node below it" "/dev/own/a /dev/own/sub/b" \
    "$(run --device "$TMP/nodes:/dev/own" busybox find /dev/own -type c | sort | xargs)"
mkdir -p "$TMP/nodes/$(seq -s/ 40)"
check_match "a directory nested too deeply is refused" 'adding custom device.*nested too deeply: directories given as devices may have 32 levels' "$(run --device "$TMP/nodes:/dev/own" busybox true 2>&1)"
rm -r "$TMP/nodes/1"; mkdir "$TMP/nodes/many"; (cd "$TMP/nodes/many" && seq 20000 | xargs touch)
check_match "and one of very many files" 'adding custom device.*too many files.*may hold 20000' "$(run --device "$TMP/nodes:/dev/own" busybox true 2>&1)"
check_match "a node without a rule cannot be opened" "not permitted" "$(run busybox sh -c 'mknod /k c 1 11; cat /k')"
check_eq "--device-cgroup-rule lets it" ok "$(run --device-cgroup-rule 'c 1:11 rw' busybox sh -c 'mknod /k c 1 11; : >/k && echo ok')"
check_eq "the default /dev" "$(echo 'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'; [ -e /proc/kcore ] && echo core)" \
    "$(run busybox ls /dev | sed '/^core$/d' | xargs; [ -e /proc/kcore ] && echo core)"

# --- capabilities and security
caps() { run "$@" busybox sed -n 's/CapEff:\t//p' /proc/self/status; }
check_eq "the fourteen default capabilities" 00000000a80425fb "$(caps)"
check_eq "dropped all, added one without its prefix" 0000000000000001 "$(caps --cap-drop all --cap-add chown)"
bounding=$(sed -n 's/CapBnd:\t//p' /proc/self/status)
check_eq "--cap-add ALL is what this machine has" "$bounding" "$(caps --cap-add ALL)"
check_eq "--privileged too" "$bounding" "$(caps --privileged)"
S create --name caps --cap-add net_admin --cap-drop CAP_MKNOD busybox >/dev/null
check_eq "names are written in full" '["CAP_NET_ADMIN"] ["CAP_MKNOD"]' "$(inspect caps '{{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}}')"
if (( 0x$bounding & 1 << 24 )); then skip "a capability that the host lacks" "root has them all"; else
    refused "a capability that the host lacks" 'not available in the current environment: "CAP_SYS_RESOURCE"' --cap-add SYS_RESOURCE busybox true; fi
check_eq "--privileged filters nothing" 0 "$(run --privileged busybox cat /proc/self/status | status Seccomp)"
check_eq "nor hides, and /sys is writable" "0 rw" "$(run --privileged busybox sh -c 'grep -c " /proc/acpi \| /proc/keys " /proc/mounts; grep " /sys " /proc/mounts | cut -d" " -f4 | cut -d, -f1' | xargs)"
check_eq "its devices are the host's" "$(find /dev -maxdepth 1 -type b | sort | xargs)" "$(run --privileged busybox find /dev -maxdepth 1 -type b | sort | xargs)"
check_match "inspect says what is not masked" '^null null \["label=disable"\]$' \
    "$(S create --name priv --privileged busybox >/dev/null; inspect priv '{{json .HostConfig.MaskedPaths}} {{json .HostConfig.ReadonlyPaths}} {{json .HostConfig.SecurityOpt}}')"
check_eq "no-new-privileges" "1 1 0" "$(for o in no-new-privileges no-new-privileges:true no-new-privileges=false; do
    run --security-opt $o busybox cat /proc/self/status | status NoNewPrivs; done | xargs)"
check_eq "seccomp=unconfined" 0 "$(run --security-opt seccomp=unconfined busybox cat /proc/self/status | status Seccomp)"
profile() { printf '%s' "$1" >"$TMP/p.json"; shift; run --security-opt "seccomp=$TMP/p.json" "$@"; }
check_match "a profile of one's own" 'Operation not permitted' \
    "$(profile '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' busybox mkdir /x)"
check_match "with an errno" 'Function not implemented' \
    "$(profile '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' busybox mkdir /x)"
conditional='{"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],"syscalls":[
    {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_SYS_ADMIN"]}},
    {"names":["rmdir","unlinkat"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"99.0"}}]}'
check_match "whose rules depend on capabilities" 'not permitted' "$(profile "$conditional" busybox mkdir /x)"
check_eq "and on kernels" ok "$(profile "$conditional" --cap-add SYS_ADMIN busybox sh -c 'mkdir /x && rmdir /x && echo ok')"
check_match "arguments are looked at" '^ok$' "$(profile '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["kill"],"action":"SCMP_ACT_ERRNO",
    "args":[{"index":1,"value":10,"op":"SCMP_CMP_EQ"}]}]}' busybox sh -c 'kill -0 1 && ! kill -10 1 2>/dev/null && echo ok')"
while IFS='|' read -r text want; do
    check_match "bad profile: $want" "$want" "$(profile "$text" busybox true)"
done <<'ROWS'
{not json|invalid character 'n' looking for beginning of object key string
{"defaultAction":1}|cannot unmarshal number into Go struct field Seccomp.defaultAction
{"defaultAction":"NOPE"}|string NOPE is not a valid action for seccomp
{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ERRNO"}]}|'name' and 'names' were specified
{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}|'architectures' and 'archMap' were specified
{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["chmod"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"NOPE","value":1}]}]}|string NOPE is not a valid operator
ROWS
[ -e /sys/module/apparmor/parameters/enabled ] || refused "AppArmor where there is none" 'AppArmor is not enabled' --security-opt apparmor=x busybox true
check_eq "systempaths=unconfined" 0 "$(run --security-opt systempaths=unconfined busybox grep -c ' /proc/sys ' /proc/mounts)"
check_match "--read-only" 'Read-only file system' "$(run --read-only busybox touch /x)"

# --- namespaces shared with another container and with the host
S run -d --name base --ipc shareable --hostname basehost --add-host somewhere:1.2.3.4 busybox sleep 1000 >/dev/null
S run -d --name private --network none busybox sleep 1000 >/dev/null
S exec base sh -c 'echo hi >/dev/shm/f'
check_eq "--ipc container: its namespace" "$(S exec base readlink /proc/1/ns/ipc)" "$(run --ipc container:base busybox readlink /proc/self/ns/ipc)"
both() { run --ipc container:base busybox sh -c 'cat /dev/shm/f; echo back >/dev/shm/g'; S exec base cat /dev/shm/g; }
check_eq "and its /dev/shm, both ways" "hi back" "$(both | xargs)"
refused "one that shares nothing" 'non-shareable IPC \(hint: use IpcMode:shareable for the donor container\)' --ipc container:private busybox true
refused "one that is not there" 'No such container: nobody' --ipc container:nobody busybox true
check_eq "--ipc none has no /dev/shm" 0 "$(run --ipc none busybox grep -c /dev/shm /proc/mounts)"
check_eq "--ipc host" "$(readlink /proc/self/ns/ipc)" "$(run --ipc host busybox readlink /proc/self/ns/ipc)"
check_eq "--uts host" "$(readlink /proc/self/ns/uts)" "$(run --uts host busybox readlink /proc/self/ns/uts)"
check_eq "--pid host" "$(readlink /proc/self/ns/pid)" "$(run --pid host busybox readlink /proc/self/ns/pid)"
check_match "--pid container:" 'sleep 1000' "$(run --pid container:base busybox ps -o args)"
S create --name stopped busybox true >/dev/null
refused "of one that does not run" 'cannot join PID of a non running container' --pid container:stopped busybox true
check_eq "--network container: shares name and files" "basehost 1.2.3.4" \
    "$(S run --rm --network container:base busybox sh -c 'hostname; sed -n "s/\tsomewhere//p" /etc/hosts' | xargs)"
for flags in '-p 80:80|port publishing and the container type network mode' '-P|port publishing' '--expose 80|port exposing' '--hostname x|hostname and the network mode' \
    '--dns 1.1.1.1|dns and the network mode' '--add-host a:1.1.1.1|custom host-to-IP mapping' '--mac-address 02:42:00:00:00:01|mac-address and the network mode'; do
    # shellcheck disable=SC2086
    check_match "--network container: and ${flags%%|*}" "conflicting options: ${flags##*|}" "$(S run --rm --network container:base ${flags%%|*} busybox true 2>&1)"
done

# --- the process
check_eq "ulimits" "100 200" "$(run --ulimit nofile=100:200 busybox sh -c 'ulimit -n; ulimit -Hn' | xargs)"
check_eq "the last word for one limit counts" 60 "$(run --ulimit nofile=50 --ulimit nofile=60 busybox sh -c 'ulimit -n')"
check_eq "order of the environment" "PATH HOSTNAME A HOME" "$(run -e A=1 busybox sh -c 'tr "\0" "\n" </proc/1/environ | cut -d= -f1' | xargs)"
check_eq "-e NAME takes the client's value, or the image's away" "mine 0" "$(MINE=mine S run --rm --network none -e MINE -e NOT_HERE busybox sh -c 'echo $MINE; env | grep -c NOT_HERE' | xargs)"
check_eq "a working directory is cleaned and made" /new/dir "$(run -w /new/x/../dir/ busybox pwd)"
check_eq "users and groups by name" "1:2:2 10" "$(run --user 1:bin --group-add wheel busybox sh -c 'echo $(id -u):$(id -g):$(id -G)')"
check_eq "sysctls of its namespaces" 0 "$(run --sysctl net.ipv4.ip_forward=0 busybox cat /proc/sys/net/ipv4/ip_forward)"
check_match "but not of the host's network" 'not allowed in host network namespace' "$(S run --rm --network host --sysctl net.ipv4.ip_forward=1 busybox true 2>&1)"
check_eq "--shm-size" 8192 "$(run --shm-size 8m busybox sh -c 'df -k /dev/shm | tail -1' | awk '{print $2}')"
check_eq "--runtime by Docker's name" ok "$(run --runtime runc busybox echo ok)"
check_rc "a cidfile that is there is left alone" 125 S run --cidfile "$TMP/p.json" busybox true
S run --rm --network none --cidfile "$TMP/cid" busybox true
check_eq "a new one holds the id" 64 "$(wc -c <"$TMP/cid")"
check_rc "none is left by a failure" 125 S run --cidfile "$TMP/cid2" -m 1 busybox true
check_eq "really" absent "$([ -e "$TMP/cid2" ] && echo there || echo absent)"

# --- the daemon's own defaults
S ps -aq | xargs "$B/slipway" rm -f >/dev/null
engine_stop
engine_start --default-ulimit nofile=70:80 --default-ulimit core=0
check_eq "default ulimits" "70 80 0" "$(run busybox sh -c 'ulimit -n; ulimit -Hn; ulimit -c' | xargs)"
check_eq "give way to the container's own" "60 0" "$(run --ulimit nofile=60 busybox sh -c 'ulimit -n; ulimit -c' | xargs)"
finish
