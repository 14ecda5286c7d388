#!/bin/bash
# Control groups of slipway-oci, member by member of the specification's linux.resources, and cgroupsPath, ownership, exec --cgroup and
# what is left: on the hierarchies that this machine has, then where only those of version 1 are mounted, then where only the tree of
# version 2 is. A limit whose controller is missing must be refused by name, in each.
. "$(dirname "$0")/../lib.sh"

GROUP=slcg-$$
VIEW=${VIEW:-host}
OCI="$B/slipway-oci --root $TMP/state"
R() { timeout 60 $OCI "$@" </dev/null; }
at_exit 'for id in $(R list -q 2>/dev/null); do R delete -f "$id"; done
         find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} + 2>/dev/null'
mkdir -p "$TMP/rootfs/"{bin,dev,proc,sys,tmp} "$TMP/b"
cp "$(command -v busybox)" "$TMP/rootfs/bin/busybox"
for applet in sh cat sleep mknod head grep mkdir ls id mount tail dd true; do ln -s busybox "$TMP/rootfs/bin/$applet"; done
(cd "$TMP" && R spec && jq --arg root "$TMP/rootfs" --arg group "/$GROUP/c" '.root = {path: $root} | .process.terminal = false
    | .process.args = ["sleep", "1000"] | .linux.cgroupsPath = $group | del(.linux.seccomp)' config.json >base.json)
# create ID: what it complains of. Its init waits with the streams that it was given, so they must not be this script's.
create() { R create -b "$TMP/b" "$1" >/dev/null 2>"$TMP/err"; cat "$TMP/err"; }
bundle() { jq "$1" "$TMP/base.json" >"$TMP/b/config.json"; }
ok() { echo "ok - $TEST: $VIEW: $1"; }
not_ok() { FAILED=$((FAILED + 1)); echo "not ok - $TEST: $VIEW: $1"; shift; [ $# -gt 0 ] && printf '#   %s\n' "$@"; return 0; }
skip() { echo "skip - $TEST: $VIEW: $1 ($2)"; }

# Where a controller is: "1 DIRECTORY" or "2 DIRECTORY" of the group /$GROUP/c, nothing when it is not mounted. io is v1's blkio.
declare -A PLACE=() told=()
while read -r _ directory type options _; do
    if [ "$type" = cgroup ]; then
        for word in ${options//,/ }; do PLACE[$word]="1 $directory"; done
    elif [ "$type" = cgroup2 ]; then
        for word in $(cat "$directory/cgroup.controllers") cgroup; do [ -n "${PLACE[$word]:-}" ] || PLACE[$word]="2 $directory"; done
    fi
done < <(sort -k3,3 /proc/self/mounts | awk '$2 ~ "^/sys/fs/cgroup"')
[ -n "${PLACE[blkio]:-}" ] || PLACE[blkio]=${PLACE[io]:-}
version() { local place=${PLACE[$1]:-}; echo "${place%% *}"; }
file() { local place=${PLACE[$1]:-}; echo "${place#* }/$GROUP/c/$2"; }

# limit MEMBER JSON CONTROLLER V1 V2: create with these resources and look. V1 and V2 are "file=pattern of its text", several after
# one another, or "no: pattern of the error". A missing controller, or a missing file, must be what the error tells.
limit() {
    local name=$1 json=$2 controller=$3 want out place
    place=${PLACE[$controller]:-}
    if [ -z "$place" ] && [ "$VIEW" != host ]; then # once for each controller
        [ -z "${told[$controller]:-}" ] || return 0
        told[$controller]=1
    fi
    want=$4; [ "${place%% *}" = 2 ] && want=$5
    bundle ".linux.resources = (.linux.resources + $json)"
    out=$(create c)
    if [ -z "$place" ]; then
        check_match "$name: refused without the controller" "no $controller controller is mounted" "$out"
    elif [[ $want == no:* ]]; then
        check_match "$name: refused" "${want#no: }" "$out"
    elif [ -n "$out" ]; then
        if grep -q "of this kernel has no such file" <<<"$out" && [ ! -e "$(file "$controller" "${want%%=*}")" ]; then
            ok "$name: refused, as this kernel has no such file"
        else
            not_ok "$name" "$out"
        fi
    else
        local pair good=1
        for pair in "${@:$((${place%% *} + 3)):1}"; do
            while IFS= read -r pair; do
                grep -Eq -- "^(${pair#*=})\$" "$(file "$controller" "${pair%%=*}")" || good="${pair%%=*}: $(cat "$(file "$controller" "${pair%%=*}")" 2>&1), wanted ${pair#*=}"
            done <<<"${pair//; /$'\n'}"
        done
        if [ "$good" = 1 ]; then ok "$name"; else not_ok "$name" "$good"; fi
    fi
    R delete -f c 2>/dev/null
}

# refused NAME UNIFIED PATTERN: linux.resources.unified that must not be taken
refused() {
    bundle ".linux.resources.unified = $2"
    check_match "$1" "$3" "$(create c)"
    R delete -f c 2>/dev/null
}

resources() {
    # --- memory -------------------------------------------------------------------------------------------------------------------
    limit "memory.limit" '{"memory":{"limit":16777216}}' memory 'memory.limit_in_bytes=16777216' 'memory.max=16777216'
    limit "memory.limit without end" '{"memory":{"limit":-1}}' memory 'memory.limit_in_bytes=9223372036854771712' 'memory.max=max; memory.swap.max=max'
    limit "memory.reservation" '{"memory":{"reservation":8388608}}' memory 'memory.soft_limit_in_bytes=8388608' 'memory.low=8388608'
    limit "memory.swap" '{"memory":{"limit":16777216,"swap":33554432}}' memory 'memory.memsw.limit_in_bytes=33554432' 'memory.swap.max=16777216'
    limit "memory.swap of -1" '{"memory":{"limit":16777216,"swap":-1}}' memory 'memory.memsw.limit_in_bytes=9223372036854771712' 'memory.max=16777216'
    limit "memory.swap below the limit" '{"memory":{"limit":33554432,"swap":16777216}}' memory 'no: should be >= memory limit' 'no: should be >= memory limit'
    limit "memory.kernel is counted in the limit" '{"memory":{"limit":16777216,"kernel":8388608}}' memory 'memory.limit_in_bytes=16777216' 'memory.max=16777216'
    limit "memory.kernelTCP" '{"memory":{"kernelTCP":8388608}}' memory 'memory.kmem.tcp.limit_in_bytes=8388608' 'memory.max=max'
    limit "memory.swappiness" '{"memory":{"swappiness":10}}' memory 'memory.swappiness=10' 'no: memory.swappiness: cgroup v2 has no swappiness'
    limit "memory.swappiness out of range" '{"memory":{"swappiness":1000}}' memory 'no: "1000" to .*memory.swappiness' 'no: memory.swappiness'
    limit "memory.disableOOMKiller" '{"memory":{"disableOOMKiller":true}}' memory 'memory.oom_control=oom_kill_disable 1' 'no: memory.disableOOMKiller: .*cannot be disabled'
    limit "memory.useHierarchy" '{"memory":{"useHierarchy":true}}' memory 'memory.use_hierarchy=1' 'memory.max=max'
    limit "memory.useHierarchy of false" '{"memory":{"useHierarchy":false}}' memory 'no: memory.use_hierarchy' 'no: memory.useHierarchy: cgroup v2 always'

    # --- cpu and cpuset -----------------------------------------------------------------------------------------------------------
    limit "cpu.shares" '{"cpu":{"shares":512}}' cpu 'cpu.shares=512' 'cpu.weight=59'
    limit "cpu.shares by default" '{"cpu":{"shares":1024}}' cpu 'cpu.shares=1024' 'cpu.weight=100'
    limit "cpu.shares out of range" '{"cpu":{"shares":1}}' cpu 'no: minimum allowed cpu-shares is 2' 'cpu.weight=1'
    limit "cpu.quota and cpu.period" '{"cpu":{"quota":20000,"period":50000}}' cpu 'cpu.cfs_quota_us=20000; cpu.cfs_period_us=50000' 'cpu.max=20000 50000'
    limit "cpu.quota alone" '{"cpu":{"quota":20000}}' cpu 'cpu.cfs_quota_us=20000; cpu.cfs_period_us=100000' 'cpu.max=20000 100000'
    limit "cpu.period alone" '{"cpu":{"period":50000}}' cpu 'cpu.cfs_quota_us=-1; cpu.cfs_period_us=50000' 'cpu.max=max 50000'
    limit "cpu.quota without end" '{"cpu":{"quota":-1}}' cpu 'cpu.cfs_quota_us=-1' 'cpu.max=max 100000'
    limit "cpu.burst" '{"cpu":{"quota":20000,"period":50000,"burst":10000}}' cpu 'cpu.cfs_burst_us=10000' 'cpu.max.burst=10000'
    limit "cpu.burst above the quota" '{"cpu":{"quota":20000,"burst":30000}}' cpu 'no: cpu.cfs_burst_us: Invalid argument' 'no: cpu.max.burst: Invalid argument'
    limit "cpu.idle" '{"cpu":{"idle":1}}' cpu 'cpu.idle=1' 'cpu.idle=1'
    limit "cpu.realtimePeriod" '{"cpu":{"realtimePeriod":500000}}' cpu 'cpu.rt_period_us=500000' 'no: cpu.realtimeRuntime: cgroup v2'
    limit "cpu.realtimeRuntime above the parent's" '{"cpu":{"realtimeRuntime":900000}}' cpu 'no: cpu.rt_runtime_us' 'no: cpu.realtimeRuntime: cgroup v2'
    limit "cpu.cpus" '{"cpu":{"cpus":"0"}}' cpuset 'cpuset.cpus=0' 'cpuset.cpus=0'
    limit "cpu.cpus that is not there" '{"cpu":{"cpus":"4000"}}' cpuset 'no: cpuset.cpus' 'no: cpuset.cpus'
    limit "cpu.mems" '{"cpu":{"mems":"0"}}' cpuset 'cpuset.mems=0' 'cpuset.mems=0'

    # --- pids ---------------------------------------------------------------------------------------------------------------------
    limit "pids.limit" '{"pids":{"limit":77}}' pids 'pids.max=77' 'pids.max=77'
    limit "pids.limit of 0" '{"pids":{"limit":0}}' pids 'pids.max=0' 'pids.max=1'
    limit "pids.limit of -1" '{"pids":{"limit":-1}}' pids 'pids.max=max' 'pids.max=max'

    # --- blockIO ------------------------------------------------------------------------------------------------------------------
    disk=$(lsblk -dnro MAJ:MIN 2>/dev/null | head -1)
    limit "blockIO.weight" '{"blockIO":{"weight":300}}' blkio 'blkio.bfq.weight=300' 'io.weight=default 2930'
    limit "blockIO.leafWeight" '{"blockIO":{"leafWeight":300}}' blkio 'blkio.leaf_weight=300' 'no: blockIO.leafWeight: cgroup v2'
    if [ -n "$disk" ]; then
        device='"major":'${disk%:*}',"minor":'${disk#*:}
        if grep -q '\[bfq\]' "/sys/dev/block/$disk/queue/scheduler" 2>/dev/null; then
            weight=("blkio.bfq.weight_device=$disk 300" "io.bfq.weight=$disk 300")
        elif grep -q "^$disk .*enable=1" "${PLACE[blkio]#* }/io.cost.qos" 2>/dev/null; then
            weight=("no: weight_device: Operation not supported" "io.weight=$disk 2930")
        else # nothing shares that disk out by weights
            weight=("no: weight_device: Operation not supported" "no: io.weight: (Operation not supported|the io controller of this kernel has no such file)")
        fi
        limit "blockIO.weightDevice" '{"blockIO":{"weightDevice":[{'"$device"',"weight":300}]}}' blkio "${weight[@]}"
        for row in "throttleReadBpsDevice read_bps rbps" "throttleWriteBpsDevice write_bps wbps" "throttleReadIOPSDevice read_iops riops" "throttleWriteIOPSDevice write_iops wiops"; do
            set -- $row
            limit "blockIO.$1" '{"blockIO":{"'"$1"'":[{'"$device"',"rate":104857600}]}}' blkio "blkio.throttle.$2_device=$disk 104857600" "io.max=$disk .*$3=104857600.*"
        done
    else
        skip "blockIO of devices" "no disk here"
    fi
    limit "blockIO of a device that is not there" '{"blockIO":{"throttleReadBpsDevice":[{"major":4000,"minor":1,"rate":5}]}}' blkio 'no: read_bps_device: No such device' 'no: io.max: No such device'

    # --- hugepages, network, rdma, unified -------------------------------------------------------------------------------------------
    limit "hugepageLimits, in use and reserved" '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' hugetlb \
        'hugetlb.2MB.limit_in_bytes=4194304; hugetlb.2MB.rsvd.limit_in_bytes=4194304' 'hugetlb.2MB.max=4194304; hugetlb.2MB.rsvd.max=4194304'
    limit "hugepageLimits of a size that is not there" '{"hugepageLimits":[{"pageSize":"3MB","limit":4194304}]}' hugetlb 'no: hugetlb.3MB.limit_in_bytes' 'no: hugetlb.3MB.max'
    limit "network.classID" '{"network":{"classID":1048577}}' net_cls 'net_cls.classid=1048577' 'no: net_cls'
    limit "network.priorities" '{"network":{"priorities":[{"name":"lo","priority":5}]}}' net_prio 'net_prio.ifpriomap=lo 5' 'no: net_prio'
    limit "rdma of a device that is not there" '{"rdma":{"mlx5_1":{"hcaHandles":3,"hcaObjects":100}}}' rdma 'no: mlx5_1 hca_handle=3 hca_object=100' 'no: mlx5_1 hca_handle=3 hca_object=100'
    refused "unified: a key is a file name" '{"a/b.c":"1"}' 'must be a file name, without a slash|no cgroup controller'
    refused "unified: of a controller" '{"max":"1"}' 'has the form CONTROLLER.PARAMETER|no cgroup controller'
    refused "unified: one that is not there is named" '{"nonsense.max":"1"}' 'nonsense.max: no nonsense controller'
    if [ "$(version cgroup)" = 2 ]; then
        limit "unified: files of the core" '{"unified":{"cgroup.max.descendants":"7"}}' cgroup '' 'cgroup.max.descendants=7'
        refused "unified: a file that is not there is named" '{"cgroup.nonsense":"1"}' 'limit cgroup.nonsense: .*no such file'
    fi
    [ "$(version memory)" = 1 ] && refused "unified: not for a controller of version 1" '{"memory.high":"1000000"}' 'memory.high: the memory controller is mounted as version 1'
    if [ "$(version memory)" = 2 ]; then
        limit "unified: one value, another one converted" '{"memory":{"limit":16777216},"unified":{"memory.high":"8388608"}}' memory '' 'memory.max=16777216; memory.high=8388608'
    fi

}

# --- devices ------------------------------------------------------------------------------------------------------------------
# shellcheck disable=SC2016
probe='t() { n=$1; shift; mknod /tmp/$n "$@" 2>/dev/null; (exec 3</tmp/$n) 2>/dev/null && echo $n:r; (exec 3>>/tmp/$n) 2>/dev/null && echo $n:w; }; t full c 1 7; t kmsg c 1 11'
devices() { # NAME RULES WANTED: what of a few nodes can be read and written
    jq --arg probe "$probe" '.process.args = ["sh", "-c", $probe] | .linux.resources.devices = '"$2"'
        | .process.capabilities = (["CAP_MKNOD", "CAP_SYSLOG"] | {bounding: ., effective: ., permitted: .})' "$TMP/base.json" >"$TMP/b/config.json"
    check_eq "devices: $1" "$3" "$(R run -b "$TMP/b" c 2>&1 | xargs echo)"
}
device_rules() {
    none='{"allow":false,"access":"rwm"}' every='{"allow":true,"access":"rwm"}' kmsg='"type":"c","major":1,"minor":11'
    devices "nothing but the default ones" "[$none]" "full:r full:w"
    devices "one by its numbers" "[$none,{\"allow\":true,$kmsg,\"access\":\"rwm\"}]" "full:r full:w kmsg:r kmsg:w"
    devices "some kinds of access" "[$none,{\"allow\":true,$kmsg,\"access\":\"rm\"}]" "full:r full:w kmsg:r"
    devices "kinds of access from two rules" "[$none,{\"allow\":true,$kmsg,\"access\":\"r\"},{\"allow\":true,$kmsg,\"access\":\"wm\"}]" "full:r full:w kmsg:r kmsg:w"
    devices "any minor number" "[$none,{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"rwm\"}]" "full:r full:w kmsg:r kmsg:w"
    devices "the last rule decides: it denies" "[$none,{\"allow\":true,$kmsg,\"access\":\"rwm\"},{\"allow\":false,$kmsg,\"access\":\"w\"}]" "full:r full:w kmsg:r"
    devices "the last rule decides: it allows" "[$every,{\"allow\":false,$kmsg,\"access\":\"rwm\"},{\"allow\":true,$kmsg,\"access\":\"r\"}]" "full:r full:w kmsg:r"
    devices "all but one" "[$every,{\"allow\":false,$kmsg,\"access\":\"rw\"}]" "full:r full:w"
    devices "a rule for all types" "[$none,{\"allow\":true,\"major\":1,\"minor\":11,\"access\":\"rwm\"}]" "full:r full:w kmsg:r kmsg:w"

}

# --- cgroupsPath --------------------------------------------------------------------------------------------------------------
home=${PLACE[pids]:-${PLACE[cgroup]:-}}; home=${home#* }
at() { # NAME PATH WHERE
    bundle ".linux.cgroupsPath = $2"
    create "c$$"
    check "cgroupsPath: $1" grep -qx "$(R state "c$$" | jq .pid)" "$home$3/cgroup.procs"
    R delete -f "c$$"
    check "cgroupsPath: $1, gone with the container" [ ! -e "$home$3" ]
}
paths() {
    at "an absolute one" "\"/$GROUP/a/b\"" "/$GROUP/a/b"
    at "a relative one, below the mount point" "\"$GROUP/r\"" "/$GROUP/r"
    at "none: the id" 'null' "/c$$"
    bundle '.linux.cgroupsPath = "/'$GROUP'/../x"'
    check_match "cgroupsPath: no way up" 'neither "\.\."' "$(create c)"
    bundle '.linux.cgroupsPath = "system.slice:sl:x"'
    check_match "cgroupsPath: systemd's form needs its manager" 'needs --systemd-cgroup' "$(create c)"

}

# --- life: figures, exec --cgroup, kill, pause, what is left --------------------------------------------------------------------
gone() { [ ! -e "/proc/$pid" ] || grep -q "^State:.Z" "/proc/$pid/status"; }
value() { cat "$(file "$1" "$2")"; }
# has CONTROLLER: where it is, as $v
has() { v=$(version "$1"); [ -n "$v" ]; }

updates() {
    update() { timeout 60 $OCI update -r - c <<<"$1" 2>&1; }
    if has memory; then
        local limit=memory.limit_in_bytes; [ "$v" = 2 ] && limit=memory.max
        update '{"memory":{"limit":33554432,"swap":67108864}}'
        check_eq "update: memory" 33554432 "$(value memory $limit)"
        update '{"memory":{"limit":134217728,"swap":268435456}}'
        check_eq "update: memory and swap grow, each above the other's old limit" 134217728 "$(value memory $limit)"
        update '{"memory":{"limit":16777216,"swap":16777216}}'
        check_eq "update: and shrink" 16777216 "$(value memory $limit)"
        check_match "update: less than is in use is refused where that is asked" '16384|Device or resource busy' "$(update '{"memory":{"limit":16384,"swap":16384,"checkBeforeUpdate":true}}')"
        check_eq "update: the limit is what it was" 16777216 "$(value memory $limit)"
        update '{"memory":{"limit":-1}}'
        check_match "update: without end" '^(max|9223372036854771712)$' "$(value memory $limit)"
    fi
    if has cpu; then
        local quota=cpu.cfs_quota_us want=30000; [ "$v" = 2 ] && quota=cpu.max want='30000 50000'
        update '{"cpu":{"quota":20000,"period":50000}}'
        update '{"cpu":{"quota":30000}}'
        check_eq "update: the quota alone" "$want" "$(value cpu $quota)"
        update '{"cpu":{"period":60000}}'
        check_eq "update: the period alone" "${want/50000/60000}" "$(value cpu $quota)"
        update '{"cpu":{"quota":5000,"period":10000,"burst":4000}}'
        update '{"cpu":{"quota":50000,"period":100000,"burst":40000}}'
        check_eq "update: period, quota and burst, each beyond the others' old bounds" "40000" "$(value cpu "$([ "$v" = 2 ] && echo cpu.max.burst || echo cpu.cfs_burst_us)")"
        update '{"cpu":{"idle":1}}'; update '{"cpu":{"idle":0,"shares":2048}}'
        check_match "update: no longer idle, with a weight" '^(2048|1[0-9][0-9])$' "$(value cpu "$([ "$v" = 2 ] && echo cpu.weight || echo cpu.shares)")"
    fi
    if has pids; then
        update '{"pids":{"limit":50}}'
        check_eq "update: pids" 50 "$(value pids pids.max)"
        check_match "update: one that is refused is told" 'hugetlb|no such file' "$(update '{"pids":{"limit":60},"hugepageLimits":[{"pageSize":"3MB","limit":1}]}')"
        check_eq "update: and then none of the others holds" 50 "$(value pids pids.max)"
    fi
    has hugetlb && {
        local file=hugetlb.2MB.limit_in_bytes; [ "$v" = 2 ] && file=hugetlb.2MB.max
        update '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
        check_eq "update: hugepages" 4194304 "$(value hugetlb $file)"
        update '{"hugepageLimits":[{"pageSize":"2MB","limit":8388608},{"pageSize":"3MB","limit":1}]}' >/dev/null
        check_eq "update: back when another is refused" 4194304 "$(value hugetlb $file)"
    }
    # shellcheck disable=SC2016
    local try='mknod /tmp/k c 1 11 2>/dev/null; (exec 3>>/tmp/k) 2>/dev/null && echo yes || echo no'
    check_eq "update: devices: before" no "$(R exec c sh -c "$try")"
    update '{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"rwm"}]}'
    check_eq "update: devices: one more" yes "$(R exec c sh -c "$try")"
    update '{"devices":[{"allow":false,"access":"rwm"}]}'
    check_eq "update: devices: and taken back" no "$(R exec c sh -c "$try")"
}

figures() {
    local json
    json=$(R events --stats c | jq -c .data)
    check_match "figures: all sections of runc's" '^blkio,cpu,cpuset,hugetlb,intel_rdt,memory,network_interfaces,pids$' "$(jq -r 'keys | join(",")' <<<"$json")"
    has memory && check_eq "figures: memory, used and limited" true "$(jq '.memory.usage.usage > 0 and .memory.usage.limit > 0 and (.memory.raw | length > 5)' <<<"$json")"
    has pids && check_eq "figures: processes" true "$(jq '.pids.current >= 1' <<<"$json")"
    if has cpuacct || [ "$(version cgroup)" = 2 ]; then check_eq "figures: time of processors" true "$(jq '.cpu.usage | has("kernel") and has("user") and .total > 0' <<<"$json")"; fi
    if has hugetlb; then check_eq "figures: hugepages of each size" true "$(jq '.hugetlb["2MB"] | has("failcnt")' <<<"$json")"; fi
    [ "$(version cgroup)" = 2 ] && [ -e "$(file cgroup cpu.pressure)" ] && check_eq "figures: pressure" true "$(jq '.cpu.psi.some | has("avg10") and has("total")' <<<"$json")"
    return 0
}

below() {
    local place
    for place in "${PLACE[@]}"; do [ -z "$place" ] || mkdir -p "${place#* }/$GROUP/c/below"; done
    [ "$(version cpuset)" = 1 ] && for place in cpus mems; do cat "$(file cpuset cpuset.$place)" >"$(file cpuset below/cpuset.$place)"; done
    where() { R exec --cgroup "$1" c cat /proc/self/cgroup 2>&1 | sed 's/^[0-9]*:[^:]*://' | sort -u | tr '\n' ' '; }
    check_match "exec --cgroup: a group below" '(^| )/below($| )' "$(where below)"
    check_match "exec --cgroup: the container's own" '(^| )/($| )' "$(where /)"
    check_match "exec --cgroup: one that is not there" 'no group nothing|No such file' "$(where nothing)"
    check_match "exec --cgroup: no way up" 'not allowed|bad sub cgroup path' "$(where ../..)"
    if [ "$(version pids)" = 1 ]; then
        check_match "exec --cgroup: of one controller" 'pids:/below' "$(R exec --cgroup pids:below c cat /proc/self/cgroup)"
        check_no_match "exec --cgroup: of that alone" 'memory:/below' "$(R exec --cgroup pids:below c cat /proc/self/cgroup)"
        check_match "exec --cgroup: a controller that is not there" 'no hierarchy' "$(R exec --cgroup nope:below c true 2>&1)"
    fi
}

ownership() {
    [ "$(version cgroup)" = 2 ] || return 0
    owner() {
        bundle '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options = ["nosuid"] | .process.user = {"uid": 1234, "gid": 1234} | '"$1"
        create o
        stat -c %u "$(file cgroup .)" "$(file cgroup cgroup.procs)" "$(file cgroup cgroup.max.depth)" 2>&1 | xargs echo
        R delete -f o 2>/dev/null
    }
    check_eq "ownership: of a group that is mounted writable, the files that may be delegated" "1234 1234 0" "$(owner .)"
    check_eq "ownership: not when it is mounted read-only" "0 0 0" "$(owner '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options += ["ro"]')"
    check_eq "ownership: the last word counts" "1234 1234 0" "$(owner '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options += ["ro","rw"]')"
    check_eq "ownership: not without a cgroup namespace" "0 0 0" "$(owner '.linux.namespaces |= map(select(.type != "cgroup"))')"
}

# What watches must be there before anything happens: its first figures tell that it is.
killed_by_oom() {
    has memory || return 0
    bundle '.linux.resources.memory = {"limit": 8388608, "swap": 8388608}'
    create c; R start c
    timeout 300 $OCI events --interval 200ms c >"$TMP/events" 2>&1 </dev/null &
    local watcher=$!
    check "events: figures come by themselves" wait_for 10 grep -q '"type": *"stats"' "$TMP/events"
    R exec c tail /dev/zero >/dev/null 2>&1
    check "events: tells of the OOM killer" wait_for 10 grep -q '"type": *"oom"' "$TMP/events"
    R kill c KILL; wait_for 5 gone c
    check "events: ends with the container" wait_for 10 eval "! kill -0 $watcher"
    R delete -f c
}

# Somebody without privilege, beside groups that are not theirs, and in one that is.
rootless() {
    local id=54321 own
    chmod 711 "$TMP"
    install -d -o $id "$TMP/person" "$TMP/person/state"
    as() { setpriv --reuid $id --regid $id --clear-groups env XDG_RUNTIME_DIR="$TMP/person" timeout 60 "$B/slipway-oci" --root "$TMP/person/state" "$@" </dev/null 2>&1; }
    if ! setpriv --reuid $id --regid $id --clear-groups "$B/slipway-oci" --version >/dev/null 2>&1 || ! setpriv --reuid $id --regid $id --clear-groups unshare -Urn true 2>/dev/null; then
        skip "rootless" "people without privilege cannot run programs of this folder here, or have no user namespaces"
        return
    fi
    person() { (cd "$TMP/person" && rm -f config.json && "$B/slipway-oci" spec --rootless && jq --arg root "$TMP/rootfs" '.root.path = $root | .process.terminal = false | .process.args = ["sleep", "100"]
        | .linux.uidMappings[0].hostID = '$id' | .linux.gidMappings[0].hostID = '$id' | '"$1" config.json >c && mv c config.json); }
    person .
    check_eq "rootless: without a group of one's own it goes on without" 0 "$(as create -b "$TMP/person" p >"$TMP/err" 2>&1; echo $?)"
    check_eq "rootless: and leaves nothing" "" "$(as delete -f p; as list -q)"
    person '.linux.resources.pids.limit = 5'
    check_match "rootless: limits are refused then" 'linux.resources.pids: cannot limit a container without a cgroup' "$(as run -b "$TMP/person" p)"
    [ "$(version cgroup)" = 2 ] || return 0
    own=$(file cgroup .); own=${own%/c/.}/person
    mkdir -p "$own/leaf" && chown $id "$own" "$own"/cgroup.{procs,subtree_control} "$own/leaf" "$own/leaf/cgroup.procs"
    person .
    (echo $BASHPID >"$own/leaf/cgroup.procs" && as create -b "$TMP/person" p >"$TMP/err" 2>&1)
    check_eq "rootless: with one, the container's is beside it" "$(as state p | jq .pid)" "$(cat "$own/p/cgroup.procs")"
    check_eq "rootless: it is theirs" $id "$(stat -c %u "$own/p")"
    as delete -f p
    check "rootless: and goes" [ ! -e "$own/p" ]
    if [ "$(version pids)" = 2 ]; then
        echo +pids >"${own%/*}/cgroup.subtree_control"
        person '.linux.resources.pids.limit = 5'
        (echo $BASHPID >"$own/leaf/cgroup.procs" && as create -b "$TMP/person" p >"$TMP/err" 2>&1)
        check_eq "rootless: limits of controllers that were handed down" 5 "$(cat "$own/p/pids.max")"
        as delete -f p
    fi
}

pid_of() { R state "$1" | jq .pid; }
# In which hierarchies the process is not in the group /$GROUP/c.
not_in() { local place; for place in "${PLACE[@]}"; do [ -z "$place" ] || grep -qx "$1" "${place#* }/$GROUP/c/cgroup.procs" || echo "$place"; done; }
# Who makes a user namespace in a cgroup namespace that it joins cannot be cloned into the group.
in_anothers_cgroup_namespace() {
    local holder identity='[{"containerID": 0, "hostID": 0, "size": 65536}]'
    unshare --cgroup sleep 3000 >/dev/null 2>&1 & holder=$!
    at_exit "kill -9 $holder 2>/dev/null"
    wait_for 5 eval "[ ! /proc/$holder/ns/cgroup -ef /proc/self/ns/cgroup ]"
    bundle '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}, {type: "cgroup", path: "/proc/'"$holder"'/ns/cgroup"}])
        | .linux.uidMappings = '"$identity"' | .linux.gidMappings = '"$identity"' | .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
    check_eq "a user namespace of its own, in the cgroup namespace of another" "" "$(create c)"
    check_eq "is in its group all the same, in every hierarchy" "" "$(not_in "$(pid_of c)")"
    R delete -f c
    kill -9 $holder; wait $holder 2>/dev/null
}
gone() { [ "$(R state "$1" | jq -r .status)" = stopped ]; }
life() {
    bundle '.process.capabilities = (["CAP_MKNOD", "CAP_SYSLOG"] | {bounding: ., effective: ., permitted: .})'
    create c; R start c
    pid=$(pid_of c)
    check_eq "one process, in every hierarchy" "" "$(not_in "$pid")"
    figures; below; updates
    R pause c; check_eq "pause" paused "$(R state c | jq -r .status)"
    R resume c; check_eq "resume" running "$(R state c | jq -r .status)"
    R pause c; R kill c KILL
    check "SIGKILL reaches a frozen container" wait_for 5 gone c
    R delete c
    check_eq "deleted, nothing is left, nor of groups below" "" "$(find /sys/fs/cgroup -type d -path "*/$GROUP/c*")"
    in_anothers_cgroup_namespace; ownership; killed_by_oom; rootless
    bundle '.process.args = ["sh", "-c", "sleep 1001 & sleep 1002"]'
    create c; R start c
    R exec -d c sleep 1003 >/dev/null 2>&1
    R kill --all c KILL
    check "kill --all ends every process" wait_for 5 gone c
    R delete -f c
    bundle .
    $OCI --cgroup-manager disabled create -b "$TMP/b" c >/dev/null 2>"$TMP/err" </dev/null
    check_eq "the manager \"disabled\" makes no group" "running" "$(R start c; R state c | jq -r .status)"
    check_eq "and nothing is there" "" "$(find /sys/fs/cgroup -type d -path "*/$GROUP/c*")"
    check_match "it cannot be paused" 'has no cgroup' "$(R pause c 2>&1)"
    check_eq "exec works" 0 "$(R exec c true >/dev/null 2>&1; echo $?)"
    R delete -f c
    bundle '.linux.resources.pids = {"limit": 5}'
    check_match "nor limits anything" 'linux.resources.pids: cannot limit' "$($OCI --cgroup-manager disabled create -b "$TMP/b" c >/dev/null 2>"$TMP/err" </dev/null; cat "$TMP/err")"
}

# another NAME COMMAND: the same script where COMMAND has changed what is mounted, for itself only.
another() { VIEW=$1 timeout 300 unshare --mount --propagation private bash -c "{ $2; } 2>/dev/null || exit 77; exec bash \"$0\""; }
case $VIEW in
host)
    resources; device_rules; paths; life
    if [ "$(version memory)" = 1 ]; then
        another legacy 'umount /sys/fs/cgroup/unified'
        another unified 'mkdir -p "$TMP/tree" && mount --bind /sys/fs/cgroup/unified "$TMP/tree" && umount -R /sys/fs/cgroup && mount --move "$TMP/tree" /sys/fs/cgroup'
    fi
    ;;
legacy)
    limit "hugepageLimits" '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' hugetlb 'hugetlb.2MB.limit_in_bytes=4194304' ''
    limit "memory.limit" '{"memory":{"limit":16777216}}' memory 'memory.limit_in_bytes=16777216' ''
    refused "unified: nowhere to be written" '{"cgroup.max.depth":"1"}' 'no cgroup controller is mounted'
    life
    ;;
unified) resources; device_rules; paths; life ;;
esac
finish
