#!/bin/bash
# The cgroup manager systemd of slipway-oci, where systemd is pid 1: a scope in its slice, limits as its properties and in its files,
# changed by update, gone after delete. Run by v2.sh -i systemd; by itself on any machine with systemd and cgroup v2.
. "$(dirname "$0")/../lib.sh"
if [ ! -d /run/systemd/system ]; then skip "the manager systemd" "systemd is not pid 1 here"; finish; fi
. "$(dirname "$0")/../oci.sh"
NAME=slt$$
OCI="$OCI --systemd-cgroup"
R() { timeout 300 $OCI "$@" </dev/null; } # where processors are emulated, seconds are short
property() { systemctl show -p "$2" --value "$1"; }
unit() { echo "slipway-$NAME$1.scope"; }

check_match "features tell of it" true "$(R features | jq .linux.cgroup.systemd)"
bundle plain '.linux.cgroupsPath = "sltest-a.slice:slipway:'$NAME'1" | .process.args = ["sleep", "1000"] | .linux.resources.memory = {"limit": 67108864}
    | .linux.resources.cpu = {"shares": 512, "quota": 25000, "period": 50000} | .linux.resources.pids = {"limit": 33}
    | .annotations = {"org.systemd.property.CollectMode": "'"'inactive-or-failed'"'", "org.systemd.property.TimeoutStopSec": "7"}' 'sleep 1000'
check "it is created" eval 'background plain one || { cat "$TMP/one.out"; false; }'
place=$(property "$(unit 1)" ControlGroup)
check_eq "the scope lies in its slice" "/sltest.slice/sltest-a.slice/$(unit 1)" "$place"
check_eq "init sits in it" "0::$place" "$(grep ^0: "/proc/$(R state one | jq .pid)/cgroup")"
check_eq "and nobody else" 1 "$(wc -l <"/sys/fs/cgroup$place/cgroup.procs")"
check_eq "it is delegated" yes "$(property "$(unit 1)" Delegate)"
check_eq "memory.limit is a property" 67108864 "$(property "$(unit 1)" MemoryMax)"
check_eq "and in the file" 67108864 "$(cat "/sys/fs/cgroup$place/memory.max")"
check_eq "cpu.shares" 59 "$(property "$(unit 1)" CPUWeight)"
check_eq "cpu.quota" "500ms" "$(property "$(unit 1)" CPUQuotaPerSecUSec)"
check_eq "pids.limit" 33 "$(property "$(unit 1)" TasksMax)"
check_eq "a property from an annotation" inactive-or-failed "$(property "$(unit 1)" CollectMode)"
check_eq "one in seconds" 7s "$(property "$(unit 1)" TimeoutStopUSec)"
R update --memory 33554432 --pids-limit 44 one
check_eq "update changes properties" "33554432 44" "$(property "$(unit 1)" MemoryMax) $(property "$(unit 1)" TasksMax)"
check_eq "and files" "33554432 44" "$(cat "/sys/fs/cgroup$place/memory.max" "/sys/fs/cgroup$place/pids.max" | xargs echo)"
systemctl daemon-reload
check_eq "what systemd reads again stays as it is" 33554432 "$(cat "/sys/fs/cgroup$place/memory.max")"
check_match "exec sits in it too" "$(unit 1)" "$(R exec -d --pid-file "$TMP/pid" one sleep 1001 >/dev/null 2>&1; cat "/proc/$(cat "$TMP/pid")/cgroup")"
check_eq "it can be paused" paused "$(R pause one; R state one | jq -r .status)"
R delete -f one
check_match "after delete systemd knows nothing of it" '^(not-found|)$' "$(property "$(unit 1)" LoadState)"
check "nor is there a group" [ ! -e "/sys/fs/cgroup$place" ]
bundle default 'del(.linux.cgroupsPath)' 'cat /proc/self/cgroup; sleep 1000'
check "one with a config that says nothing of groups" eval 'background default "$NAME" || { cat "$TMP/$NAME.out"; false; }'
check_eq "without a path: the id, in system.slice" "/system.slice/slipway-$NAME.scope" "$(property "slipway-$NAME.scope" ControlGroup)"
R kill "$NAME" KILL; check "it ends" wait_for 10 is "$NAME" stopped
R delete "$NAME"
check_match "and is gone" '^(not-found|)$' "$(property "slipway-$NAME.scope" LoadState)"
refused "a path is refused" 'expected cgroupsPath to be of format' '.linux.cgroupsPath = "/a/b"'
refused "a wrong value of a property is refused" 'is no value' '.linux.cgroupsPath = "system.slice:slipway:'$NAME'2" | .annotations = {"org.systemd.property.CollectMode": "what?"}'
refused "a property that is not there is refused by systemd" 'systemd, start' '.linux.cgroupsPath = "system.slice:slipway:'$NAME'3" | .annotations = {"org.systemd.property.Nonsense": "true"}'
check_eq "nothing is left of those" "" "$(systemctl list-units --all --no-legend "slipway-$NAME*")"
finish
