#!/bin/bash
# The runtime specification's section "Process" (config.md#process), member by member, for the first process and for one that is
# exec'd; what cannot be is refused with the reason.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"
bounding=$(awk '/CapBnd/ {print $2}' /proc/self/status)
has_cap() { [ $((0x$bounding >> $1 & 1)) = 1 ]; }

# --- cwd, env, args ---------------------------------------------------------------------------------------------------------------
check_match "cwd: made when missing, in a writable root" "^/some/where$" "$(seen '.root.readonly = false | .process.cwd = "/some/where"' pwd)"
refused "cwd: must be absolute" 'process.cwd "tmp" is not an absolute path' '.process.cwd = "tmp"'
check_eq "env: of duplicates the last counts, at the place of the first" "A=3 B=2" "$(seen '.process.env += ["A=1","B=2","A=3"]' 'env | grep -E "^(A|B)=" | xargs')"
check_eq "env: an empty HOME is filled from passwd" "/root" "$(seen '.process.env += ["HOME="]' 'echo $HOME')"
refused "env: without =" "invalid environment variable \"NOVALUE\": missing '='" '.process.env += ["NOVALUE"]'
refused "env: without a name" "invalid environment variable \"=x\": name cannot be empty" '.process.env += ["=x"]'
refused "args: at least one" "process.args: no command" '.process.args = []'
refused "commandLine: is for Windows" "process.commandLine is for Windows" '.process.commandLine = "cmd.exe"'

# --- user -------------------------------------------------------------------------------------------------------------------------
out=$(seen '.process.user = {"uid":1000,"gid":1001,"additionalGids":[2000,3000,4294967294],"umask":23}' 'grep -E "^(Uid|Gid|Groups|Umask)" /proc/self/status')
check_match "user: uid in all four places" "Uid:.1000.1000.1000.1000" "$out"
check_match "user: gid in all four places" "Gid:.1001.1001.1001.1001" "$out"
check_match "user: additionalGids and no others" "Groups:.2000 3000 4294967294 *$" "$out"
check_match "user: umask" "Umask:.0027" "$out"
many=$(seen '.process.user.additionalGids = [range(1000;1400)]' 'grep Groups /proc/self/status | wc -w')
check_eq "user: 400 additionalGids" 401 "$many"
file=$TMP/stdout-file; bundle owner '.process.user = {"uid":1000,"gid":1000}' 'echo again >>/proc/self/fd/1'
R run -b "$TMP/owner" owner >"$file" 2>"$TMP/owner.err"
check_eq "user: may open its standard streams again" again "$(cat "$file" "$TMP/owner.err")"
check_eq "user: annotation run.oci.keep_original_groups keeps the caller's" "5 6" \
    "$(bundle keep '.annotations = {"run.oci.keep_original_groups":"1"}' 'sed -n "s/^Groups:.//p" /proc/self/status | xargs'; setpriv --groups 5,6 timeout 30 $OCI run -b "$TMP/keep" keep </dev/null 2>&1)"

# --- capabilities -----------------------------------------------------------------------------------------------------------------
only() { printf '.process.capabilities = {"bounding":["CAP_CHOWN","CAP_NET_RAW"],"effective":%s,"permitted":%s,"inheritable":%s,"ambient":%s}' "$@"; }
out=$(seen "$(only '["CAP_CHOWN"]' '["CAP_CHOWN","CAP_NET_RAW"]' '[]' '[]') | .process.user.uid = 1000" 'grep Cap /proc/self/status')
check_match "capabilities: bounding" "CapBnd:.0000000000002001" "$out"
check_match "capabilities: none for a user without ambient ones" "CapEff:.0000000000000000" "$out"
out=$(seen "$(only '["CAP_NET_RAW"]' '["CAP_NET_RAW"]' '["CAP_NET_RAW"]' '["CAP_NET_RAW"]') | .process.user.uid = 1000" 'grep Cap /proc/self/status')
check_eq "capabilities: ambient, with inheritable and permitted, stay with a user" 4 "$(grep -cE "Cap(Inh|Prm|Eff|Amb):.0000000000002000" <<<"$out")"
out=$(seen '.process.capabilities = {"bounding":["CAP_CHOWN","CAP_FLY","UNKNOWN"]}' 'grep CapBnd /proc/self/status')
check_match "capabilities: unknown names are a warning" "warning.*left out: CAP_FLY, UNKNOWN" "$out"
check_match "capabilities: and no error" "CapBnd:.0000000000000001" "$out"
all=$(R features | jq -c .linux.capabilities)
check_match "capabilities: all of them are all of the bounding set" "CapEff:.$bounding" "$(seen ".process.capabilities = {bounding:$all,effective:$all,permitted:$all}" 'grep CapEff /proc/self/status')"
check_match "noNewPrivileges: set" "NoNewPrivs:.1" "$(seen '.process.noNewPrivileges = true' 'grep NoNewPrivs /proc/self/status')"
check_match "noNewPrivileges: not set" "NoNewPrivs:.0" "$(seen . 'grep NoNewPrivs /proc/self/status')"

# --- rlimits ----------------------------------------------------------------------------------------------------------------------
names="AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK"
limits=$(for name in $names; do # what is there already may be asked for without privilege; jq has no number of 64 bits
    low=$name; hard=$(prlimit --pid $$ -o HARD --noheadings --raw --"${low,,}"); [ "$hard" = unlimited ] && hard=-1
    echo "{\"type\":\"RLIMIT_$name\",\"soft\":$hard,\"hard\":$hard}"; done | jq -cs 'map(.)')
TIDY='s/(soft|hard)": -1/\1": 18446744073709551615/'
out=$(seen ".process.rlimits = $limits | .process.rlimits |= map(if .type == \"RLIMIT_NOFILE\" then .soft = 77 else . end)" 'cat /proc/self/limits')
check_match "rlimits: every name of getrlimit(2)" "Max open files +77 " "$out"
check_eq "rlimits: all sixteen are there" 16 "$(grep -c ^Max <<<"$out")"
refused "rlimits: unknown names" "wrong rlimit value: RLIMIT_FLY" '.process.rlimits = [{"type":"RLIMIT_FLY","soft":1,"hard":1}]'
refused "rlimits: one twice" "RLIMIT_CORE is listed twice" '.process.rlimits = [{"type":"RLIMIT_CORE","soft":1,"hard":1},{"type":"RLIMIT_CORE","soft":1,"hard":1}]'
refused "rlimits: soft above hard" "error setting rlimit type 7: invalid argument" '.process.rlimits = [{"type":"RLIMIT_NOFILE","soft":9,"hard":8}]'

# --- oomScoreAdj, labels ----------------------------------------------------------------------------------------------------------
check_eq "oomScoreAdj: set" 321 "$(seen '.process.oomScoreAdj = 321' 'cat /proc/self/oom_score_adj')"
check_eq "oomScoreAdj: not set, it stays" "$(cat /proc/self/oom_score_adj)" "$(seen 'del(.process.oomScoreAdj)' 'cat /proc/self/oom_score_adj')"
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
    check_match "apparmorProfile: applied" "docker-default|unconfined" "$(seen '.process.apparmorProfile = "unconfined"' 'cat /proc/self/attr/current')"
else
    refused "apparmorProfile: refused by a kernel without AppArmor" "apparmor: config provided but apparmor not supported" '.process.apparmorProfile = "acme"'
fi
[ -d /sys/fs/selinux ] && mountpoint -q /sys/fs/selinux || {
    refused "selinuxLabel: refused by a kernel without SELinux" "selinux label is specified in config, but selinux is disabled" '.process.selinuxLabel = "a:b:c:d"'
}

# --- scheduler, ioPriority, personality, memoryPolicy -----------------------------------------------------------------------------
policy() { seen ".process.scheduler = $1" 'cut -d" " -f19,40,41 /proc/self/stat'; } # nice, priority, policy
check_eq "scheduler: SCHED_BATCH with a nice value" "5 0 3" "$(policy '{"policy":"SCHED_BATCH","nice":5}')"
check_eq "scheduler: SCHED_IDLE" "0 0 5" "$(policy '{"policy":"SCHED_IDLE"}')"
check_eq "scheduler: SCHED_OTHER" "7 0 0" "$(policy '{"policy":"SCHED_OTHER","nice":7}')"
# A group of cgroup v1 has no real time unless somebody gives it some; then the kernel refuses, and its reason is told.
check_match "scheduler: SCHED_FIFO with its priority, or the kernel's reason" "^0 3 1$|set the scheduler to SCHED_FIFO: Operation not permitted" "$(policy '{"policy":"SCHED_FIFO","priority":3}')"
check_match "scheduler: SCHED_RR with its priority, or the kernel's reason" "^0 4 2$|set the scheduler to SCHED_RR: Operation not permitted" "$(policy '{"policy":"SCHED_RR","priority":4}')"
out=$(seen '.process.scheduler = {"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":5000000,"period":10000000,"flags":["SCHED_FLAG_RESET_ON_FORK"]}' 'echo deadline runs')
check_match "scheduler: SCHED_DEADLINE, or the kernel's reason" "deadline runs|set the scheduler to SCHED_DEADLINE: Operation not permitted" "$out"
refused "scheduler: SCHED_ISO is in no kernel" "set the scheduler to SCHED_ISO" '.process.scheduler = {"policy":"SCHED_ISO"}'
deadline() { refused "scheduler: a deadline with $1" "$2" ".process.scheduler = {\"policy\":\"SCHED_DEADLINE\",$3}"; }
deadline "no runtime" "requires .runtime." '"deadline":5000000'
deadline "no deadline" "requires .deadline." '"runtime":5000000'
deadline "a runtime of nothing" "runtime must be greater than 0" '"runtime":0,"deadline":5000000'
deadline "a runtime too small" "runtime 5 must be between 1024 and" '"runtime":5,"deadline":5000000'
deadline "a runtime after it" "runtime 6000000 must be <= deadline 5000000" '"runtime":6000000,"deadline":5000000'
deadline "a period before it" "deadline 5000000 must be <= period 4000000" '"runtime":1000000,"deadline":5000000,"period":4000000'
refused "scheduler: unknown policy" 'invalid scheduler policy: "SCHED_FAIR"' '.process.scheduler = {"policy":"SCHED_FAIR"}'
refused "scheduler: unknown flag" 'invalid scheduler flag: "SCHED_FLAG_X"' '.process.scheduler = {"policy":"SCHED_OTHER","flags":["SCHED_FLAG_X"]}'
refused "scheduler: nice out of range" "invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER" '.process.scheduler = {"policy":"SCHED_OTHER","nice":20}'
refused "scheduler: a priority where there is none" "priority can only be specified for SCHED_FIFO or SCHED_RR" '.process.scheduler = {"policy":"SCHED_OTHER","priority":1}'
refused "scheduler: a deadline where there is none" "can only be specified for SCHED_DEADLINE" '.process.scheduler = {"policy":"SCHED_OTHER","runtime":1}'
check_match "ioPriority: class and level" "best-effort: prio 6" "$(seen '.process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":6}' 'ionice -p $$')"
check_match "ioPriority: idle" "idle" "$(seen '.process.ioPriority = {"class":"IOPRIO_CLASS_IDLE","priority":0}' 'ionice -p $$')"
refused "ioPriority: unknown class" 'invalid ioPriority.class: "IOPRIO_CLASS_X"' '.process.ioPriority = {"class":"IOPRIO_CLASS_X","priority":0}'
refused "ioPriority: level out of range" "invalid ioPriority.priority: 8" '.process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":8}'
personality='echo "$(cat /proc/self/personality) $(uname -m)"'
check_eq "personality: LINUX32" "00000008 $(setarch linux32 uname -m)" "$(seen '.linux.personality = {"domain":"LINUX32"}' "$personality")"
check_eq "personality: LINUX" "00000000 $(uname -m)" "$(seen '.linux.personality = {"domain":"LINUX"}' "$personality")"
refused "personality: unknown domain" 'invalid personality domain "BSD"' '.linux.personality = {"domain":"BSD"}'
refused "personality: flags" "personality flags are not supported" '.linux.personality = {"domain":"LINUX","flags":["X"]}'
if [ -e /proc/self/numa_maps ]; then
    check_match "memoryPolicy: bind to a node" " bind(=[a-z|]+)?:0 " "$(seen '.linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]}' 'cat /proc/self/numa_maps')"
    check_match "memoryPolicy: local" " local " "$(seen '.linux.memoryPolicy = {"mode":"MPOL_LOCAL"}' 'cat /proc/self/numa_maps')"
    refused "memoryPolicy: a node that is not there" "set the memory policy MPOL_BIND" '.linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"900"}'
fi
refused "memoryPolicy: unknown mode" 'invalid memory policy mode: "MPOL_X"' '.linux.memoryPolicy = {"mode":"MPOL_X"}'
refused "memoryPolicy: no mode" 'invalid memory policy mode: ""' '.linux.memoryPolicy = {}'
refused "memoryPolicy: unknown flag" 'invalid memory policy flag: "MPOL_F_X"' '.linux.memoryPolicy = {"mode":"MPOL_LOCAL","flags":["MPOL_F_X"]}'
refused "memoryPolicy: nodes are needed" "requires at least one node but got 0" '.linux.memoryPolicy = {"mode":"MPOL_INTERLEAVE"}'
refused "memoryPolicy: nodes are not wanted" "takes no nodes but got 1" '.linux.memoryPolicy = {"mode":"MPOL_DEFAULT","nodes":"0"}'
refused "memoryPolicy: nodes that are no list" '"bad" is no list of numbers' '.linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"bad"}'
refused "execCPUAffinity: no list" 'execCPUAffinity.initial: "1-0" is no list' '.process.execCPUAffinity = {"initial":"1-0"}'

# --- a command that cannot be run says which file it is and why --------------------------------------------------------------------
mkdir -p "$TMP/noexec"
for place in "$TMP/rootfs/bin" "$TMP/noexec"; do printf '#!/bin/sh\necho it ran\n' >"$place/script"; chmod 755 "$place/script"; done
printf '#! /no/such/interpreter -x\n' >"$TMP/rootfs/bin/lost"; chmod 755 "$TMP/rootfs/bin/lost"
printf 'int main(void) { return 0; }\n' | gcc -x c -o "$TMP/rootfs/bin/dynamic" - # its loader is not in the container
{ head -c 18 "$B/slipway-oci"; printf '\362\000'; tail -c +21 "$B/slipway-oci" | head -c 100000; } >"$TMP/rootfs/bin/foreign"; chmod 755 "$TMP/rootfs/bin/foreign"
head -c 100 /dev/zero >"$TMP/rootfs/bin/nothing"; chmod 755 "$TMP/rootfs/bin/nothing"
bundle run '.mounts += [{"destination":"/mnt","type":"bind","source":"'"$TMP/noexec"'","options":["bind","noexec"]}] | .root.readonly = false'
# command NAME EXIT PATTERN FILE: as the first process, and by exec
command_fails() {
    local out rc
    jq --arg c "$4" '.process.args = [$c]' "$TMP/run/config.json" >"$TMP/c" && mv "$TMP/c" "$TMP/run/config.json"
    out=$(R run -b "$TMP/run" "run-$RANDOM" 2>&1); rc=$?
    if [ "$rc" = "$2" ] && grep -Eq -- "$3" <<<"$out"; then ok "$1"; else not_ok "$1" "exit: $rc, wanted $2" "wanted a match of: $3" "got: $out"; fi
    out=$(R exec shell "$4" 2>&1); rc=$?
    if [ "$rc" = "$2" ] && grep -Eq -- "$3" <<<"$out"; then ok "$1, by exec"; else not_ok "$1, by exec" "exit: $rc, wanted $2" "wanted a match of: $3" "got: $out"; fi
}
jq '.process.args = ["sleep","60"] | .linux.cgroupsPath = "/'"$GROUP"'/shell"' "$TMP/run/config.json" >"$TMP/c"; mkdir -p "$TMP/shell"; mv "$TMP/c" "$TMP/shell/config.json"
background shell shell
command_fails "args: a file that is not there" 127 'exec: "/bin/absent": stat /bin/absent: no such file or directory' /bin/absent
command_fails "args: a name that is nowhere in PATH" 127 'exec: "absent": executable file not found in \$PATH' absent
command_fails "args: the interpreter of a script is missing" 127 'exec: "/bin/lost": .*its interpreter /no/such/interpreter is not in the container' /bin/lost
command_fails "args: the loader of a program is missing" 127 'exec: "/bin/dynamic": .*its interpreter /lib.*ld.* is not in the container' /bin/dynamic
command_fails "args: a directory" 126 'exec: "/bin": is a directory' /bin
command_fails "args: a file without the right to execute it" 126 'exec: "/etc/passwd": permission denied' /etc/passwd
command_fails "args: a file on a mount with noexec" 126 'exec: "/mnt/script": permission denied: it lies on a mount with noexec' /mnt/script
command_fails "args: a program for another processor" 126 'exec: "/bin/foreign": exec format error: it was built for another processor' /bin/foreign
command_fails "args: a file that is no program" 126 'exec: "/bin/nothing": exec format error' /bin/nothing
R delete -f shell

# --- none at all: it is needed by start, not by create ----------------------------------------------------------------------------
bundle none 'del(.process)'
R create -b "$TMP/none" none >"$TMP/none.out" 2>&1
check_eq "no process: the container is made" "created" "$(status none; cat "$TMP/none.out")"
check_eq "no process: others may be run in it" "/" "$(R exec -e PATH=/bin none /bin/sh -c pwd 2>&1)"
check_match "no process: start fails and says why" 'container \\?"none\\?" cannot be started: its config.json has no process' "$(R start none 2>&1)"
check "no process: it is stopped then" wait_for 5 is none stopped
R delete none
check_match "no process: run fails" 'its config.json has no process' "$(R run -b "$TMP/none" none 2>&1)"
check_eq "no process: nothing is left" "" "$(R list -q; groups_left c)"

# --- the same for exec ------------------------------------------------------------------------------------------------------------
bundle held '.linux.personality = {"domain":"LINUX32"} | .root.readonly = false' 'echo begun; sleep 3000'
background held held
check "exec: the container runs" wait_for 5 grep -q begun "$TMP/held.out"
# exec JQ-FILTER COMMAND: a process object of its own
held() { jq --arg c "$2" '.process | .args = ["sh","-c",$c] | '"$1" "$TMP/held/config.json" >"$TMP/process.json"; R exec --process "$TMP/process.json" held 2>&1; }
out=$(held '.user = {"uid":7,"gid":8,"additionalGids":[9],"umask":7} | .noNewPrivileges = true | .rlimits = [{"type":"RLIMIT_NOFILE","soft":50,"hard":60}]' \
    'grep -E "^(Uid|Gid|Groups|Umask|NoNewPrivs)" /proc/self/status | xargs; ulimit -n; ulimit -Hn; '"$personality")
check_match "exec: user, groups, umask, noNewPrivileges" "Umask: 0007 Uid: 7 7 7 7 Gid: 8 8 8 8 Groups: 9 NoNewPrivs: 1" "$out"
check_match "exec: rlimits" "50 60" "$(xargs <<<"$out")"
check_match "exec: the container's personality" "^00000008 $(setarch linux32 uname -m)\$" "$out"
check_match "exec: ioPriority and scheduler" "^idle.* 3$" "$(held '.ioPriority = {"class":"IOPRIO_CLASS_IDLE","priority":0} | .scheduler = {"policy":"SCHED_BATCH"}' 'ionice -p $$; cut -d" " -f41 /proc/self/stat' | xargs)"
check_match "exec: execCPUAffinity initial" "Cpus_allowed_list:.0$" "$(held '.execCPUAffinity = {"initial":"0"}' 'grep Cpus_allowed_list /proc/self/status')"
[ "$(nproc)" -lt 2 ] || check_match "exec: execCPUAffinity final, after the cgroup" "Cpus_allowed_list:.1$" "$(held '.execCPUAffinity = {"initial":"0","final":"1"}' 'grep Cpus_allowed_list /proc/self/status')"
check_match "exec: a CPU that is not there" "set the CPU affinity" "$(held '.execCPUAffinity = {"final":"1000"}' true)"
check_match "exec: capabilities" "CapBnd:.0000000000000001" "$(held '.capabilities = {"bounding":["CAP_CHOWN"]}' 'grep CapBnd /proc/self/status')"
check_match "exec: refused likewise" "listed twice" "$(held '.rlimits = [{"type":"RLIMIT_CPU","soft":1,"hard":1},{"type":"RLIMIT_CPU","soft":1,"hard":1}]' true)"
R delete -f held
check_eq "nothing is left" "" "$(R list -q; groups_left c)"
finish
