#!/bin/bash
# The runtime specification's section "Seccomp" (config-linux.md#seccomp): every action, operator, architecture and flag, answers to calls
# newer than the profile, and a listener with the container process state.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"
calls=$(program calls) && cp "$calls" "$TMP/rootfs/bin/calls" || { not_ok "a program for the tests is built"; exit 1; }
case $(uname -m) in x86_64) getpgid=121 sethostname=170 own=SCMP_ARCH_X86_64 ;; aarch64) getpgid=155 sethostname=161 own=SCMP_ARCH_AARCH64 ;; *) skip "all" "numbers of this processor's calls"; exit 0 ;; esac

# profile RULES [MORE]: everything is allowed but for the rules
profile() { jq -cn --arg own $own "{defaultAction:\"SCMP_ACT_ALLOW\", architectures:[\$own], syscalls:$1} + ${2:-{\}}"; }
call() { echo '[{names:["getpgid"], action:"'"$1"'"'"${2:+, $2}"'}]'; }
# said PROFILE COMMAND: what a container under that profile says, and its exit code
said() { local out; out=$(seen ".linux.seccomp = $1" "$2"); echo "$out=$?" | xargs; }

# --- actions ----------------------------------------------------------------------------------------------------------------------
check_eq "SCMP_ACT_ALLOW" "1=0" "$(said "$(profile "$(call SCMP_ACT_ALLOW)")" "calls $getpgid,1")"
check_eq "SCMP_ACT_ERRNO: EPERM when it says no number" "errno 1=0" "$(said "$(profile "$(call SCMP_ACT_ERRNO)")" "calls $getpgid,1")"
check_eq "SCMP_ACT_ERRNO: errnoRet" "errno 77=0" "$(said "$(profile "$(call SCMP_ACT_ERRNO errnoRet:77)")" "calls $getpgid,1")"
check_eq "SCMP_ACT_KILL ends the thread" "=159" "$(said "$(profile "$(call SCMP_ACT_KILL)")" "exec calls $getpgid,1")"
check_eq "SCMP_ACT_KILL_THREAD likewise" "=159" "$(said "$(profile "$(call SCMP_ACT_KILL_THREAD)")" "exec calls $getpgid,1")"
check_eq "SCMP_ACT_KILL_PROCESS" "=159" "$(said "$(profile "$(call SCMP_ACT_KILL_PROCESS)")" "exec calls $getpgid,1")"
check_eq "SCMP_ACT_TRAP sends SIGSYS" "trapped=0" "$(said "$(profile "$(call SCMP_ACT_TRAP)")" "sh -c 'calls $getpgid,1' 2>/dev/null; [ \$? = 159 ] && echo trapped")"
check_eq "SCMP_ACT_TRACE without a tracer" "errno 38=0" "$(said "$(profile "$(call SCMP_ACT_TRACE errnoRet:5)")" "calls $getpgid,1")"
check_eq "SCMP_ACT_LOG lets it happen" "1=0" "$(said "$(profile "$(call SCMP_ACT_LOG)")" "calls $getpgid,1")"
bad() { refused "$1" "$2" ".linux.seccomp = $3"; }
bad "an action that takes no errnoRet" "SCMP_ACT_KILL takes no errnoRet" "$(profile "$(call SCMP_ACT_KILL errnoRet:1)")"
bad "a defaultErrnoRet that is not wanted" "SCMP_ACT_ALLOW takes no errnoRet" "$(profile '[]' '{defaultErrnoRet:1}')"
bad "an unknown action" "string SCMP_ACT_ASK is not a valid action" "$(profile "$(call SCMP_ACT_ASK)")"
# Docker's own profile with another default, so that a shell runs under it
docker=$(jq -c .linux.seccomp "$TMP/base.json")
check_eq "defaultErrnoRet: for what no rule names" "errno 99=0" "$(said "$(jq -c '.defaultErrnoRet = 99 | .syscalls |= map(.names -= ["getpgid"])' <<<"$docker")" "calls $getpgid,1")"
check_eq "newer than every call that the profile names: ENOSYS, older: EPERM" "errno 38 errno 1=0" "$(said "$(jq -c '.syscalls |= map(.names -= ["getpgid"])' <<<"$docker")" "calls 2000 $getpgid,1")"
check_eq "so too when the profile names no architecture" "errno 38 errno 1=0" "$(said "$(jq -c 'del(.architectures) | .syscalls |= map(.names -= ["getpgid"])' <<<"$docker")" "calls 2000 $getpgid,1")"

# --- operators and arguments ------------------------------------------------------------------------------------------------------
# pick OP VALUE [TWO]: which of getpgid(4..6) the rule strikes; there are no such processes, so that others say ESRCH (3)
pick() { said "$(profile "$(call SCMP_ACT_ERRNO 'errnoRet:77, args:[{index:0, op:"'"$1"'", value:'"$2"', valueTwo:'"${3:-0}"'}]')")" "calls $getpgid,40004 $getpgid,40005 $getpgid,40006 | sed 's/errno //'"; }
check_eq "SCMP_CMP_NE" "77 3 77=0" "$(pick SCMP_CMP_NE 40005)"
check_eq "SCMP_CMP_LT" "77 3 3=0" "$(pick SCMP_CMP_LT 40005)"
check_eq "SCMP_CMP_LE" "77 77 3=0" "$(pick SCMP_CMP_LE 40005)"
check_eq "SCMP_CMP_EQ" "3 77 3=0" "$(pick SCMP_CMP_EQ 40005)"
check_eq "SCMP_CMP_GE" "3 77 77=0" "$(pick SCMP_CMP_GE 40005)"
check_eq "SCMP_CMP_GT" "3 3 77=0" "$(pick SCMP_CMP_GT 40005)"
check_eq "SCMP_CMP_MASKED_EQ: value is the mask, valueTwo what remains" "3 77 3=0" "$(pick SCMP_CMP_MASKED_EQ 3 1)"
two() { said "$(profile "$(call SCMP_ACT_ERRNO "errnoRet:77, args:$1")")" "calls $2 | sed 's/errno //'"; }
check_eq "conditions on two arguments: both" "77 3=0" "$(two '[{index:0,op:"SCMP_CMP_EQ",value:40005},{index:1,op:"SCMP_CMP_EQ",value:1}]' "$getpgid,40005,1 $getpgid,40005,2")"
check_eq "conditions on one argument: either" "77 77 3=0" "$(two '[{index:0,op:"SCMP_CMP_EQ",value:40005},{index:0,op:"SCMP_CMP_EQ",value:40006}]' "$getpgid,40005 $getpgid,40006 $getpgid,40007")"
TIDY='s/"value": 777$/"value": 18446744073709551615/; s/"value": 777,/"value": 18446744073709551615,/'
check_eq "a value of all 64 bits" "77 3=0" "$(two '[{index:1,op:"SCMP_CMP_EQ",value:777}]' "$getpgid,40005,0xffffffffffffffff $getpgid,40005,0xffffffff")"
TIDY=
bad "an unknown operator" "string SCMP_CMP_X is not a valid operator" "$(profile "$(call SCMP_ACT_ERRNO 'args:[{index:0,op:"SCMP_CMP_X",value:1}]')")"
bad "an argument that no call has" "argument index 6 is more than 5" "$(profile "$(call SCMP_ACT_ERRNO 'args:[{index:6,op:"SCMP_CMP_EQ",value:1}]')")"

# --- architectures ----------------------------------------------------------------------------------------------------------------
every='["SCMP_ARCH_X86","SCMP_ARCH_X86_64","SCMP_ARCH_X32","SCMP_ARCH_ARM","SCMP_ARCH_AARCH64","SCMP_ARCH_MIPS","SCMP_ARCH_MIPS64","SCMP_ARCH_MIPS64N32","SCMP_ARCH_MIPSEL","SCMP_ARCH_MIPSEL64","SCMP_ARCH_MIPSEL64N32","SCMP_ARCH_PPC","SCMP_ARCH_PPC64","SCMP_ARCH_PPC64LE","SCMP_ARCH_S390","SCMP_ARCH_S390X","SCMP_ARCH_PARISC","SCMP_ARCH_PARISC64","SCMP_ARCH_RISCV64"]'
check_eq "every architecture may stand in a profile" "errno 77 errno 38=0" "$(said "$(jq -c ".architectures = $every | .syscalls |= [{names:[\"getpgid\"],action:\"SCMP_ACT_ERRNO\",errnoRet:77}] + map(.names -= [\"getpgid\"])" <<<"$docker")" "calls $getpgid,1 2000")"
for late in LOONGARCH64 M68K SH SHEB; do
    check_match "SCMP_ARCH_$late: taken, or libseccomp is too old" "^1=0$|architecture SCMP_ARCH_$late is not known to libseccomp" "$(said "$(profile '[]' "{architectures:[\"$own\",\"SCMP_ARCH_$late\"]}")" "calls $getpgid,1")"
done
bad "an unknown architecture" "string SCMP_ARCH_VAX is not a valid arch" "$(profile '[]' '{architectures:["SCMP_ARCH_VAX"]}')"
if [ "$own" = SCMP_ARCH_X86_64 ] && [ "$("$calls" i386:20 2>/dev/null)" = 0 ]; then
    check_eq "the 32-bit entry of x86 is allowed when it is named" "0=0" "$(said "$(profile '[]' '{architectures:["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]}')" "calls i386:20")"
    check_eq "and has the same rules" "-1=0" "$(said "$(profile "$(call SCMP_ACT_ERRNO)" '{architectures:["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]}')" "calls i386:132")"
    check_eq "and kills when it is not" "=159" "$(said "$(profile '[]')" "exec calls i386:20")"
fi

unknown='[{names:["getpgid","no_such_call"], action:"SCMP_ACT_ERRNO"}]'
check_eq "a name that is no system call is passed over" "errno 1=0" "$(said "$(profile "$unknown")" "calls $getpgid,1")"
refused "or refused, by the annotation run.oci.seccomp_fail_unknown_syscall" 'invalid system call "no_such_call"' ".linux.seccomp = $(profile "$unknown") | .annotations = {\"run.oci.seccomp_fail_unknown_syscall\":\"1\"}"

# --- flags ------------------------------------------------------------------------------------------------------------------------
for flag in TSYNC LOG SPEC_ALLOW; do
    check_eq "SECCOMP_FILTER_FLAG_$flag" "errno 1=0" "$(said "$(profile "$(call SCMP_ACT_ERRNO)" "{flags:[\"SECCOMP_FILTER_FLAG_$flag\"]}")" "calls $getpgid,1")"
done
bad "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is for listeners" "WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY" "$(profile '[]' '{flags:["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}')"
bad "an unknown flag" 'unknown flag "SECCOMP_FILTER_FLAG_X"' "$(profile '[]' '{flags:["SECCOMP_FILTER_FLAG_X"]}')"

# --- a listener -------------------------------------------------------------------------------------------------------------------
agent=$TMP/agent.sock states=$TMP/states
notify='[{names:["getpgid","sethostname"], action:"SCMP_ACT_NOTIFY"}]'
listening() { profile "$1" '{listenerPath:"'"${2:-$agent}"'", listenerMetadata:"MKNOD=/dev/null"}'; }
bad "SCMP_ACT_NOTIFY without a path" "SCMP_ACT_NOTIFY needs a listenerPath" "$(profile "$notify")"
bad "listenerMetadata without a path" "listenerMetadata without a listenerPath" "$(profile '[]' '{listenerMetadata:"x"}')"
refused "no agent there: the start fails" "seccomp: reach the agent.*$TMP/nobody" ".linux.seccomp = $(listening "$notify" "$TMP/nobody")"
check_eq "a listenerPath is nothing without SCMP_ACT_NOTIFY" "1=0" "$(said "$(listening '[]' "$TMP/nobody")" "calls $getpgid,1")"
python3 "$ROOT/tests/seccomp_agent.py" "$agent" "$states" 2>"$TMP/agent.err" & agent_pid=$!
check "the agent listens" wait_for 10 test -S "$agent"
bundle notify ".linux.seccomp = $(listening "$notify") | .annotations = {\"a.key\":\"a value\"}" "calls $getpgid,1 $sethostname,0,0; sleep 3000"
R create -b "$TMP/notify" notify >"$TMP/notify.out" 2>&1; pid=$(R state notify | jq .pid); R start notify
check "SCMP_ACT_NOTIFY: the agent answers with a value and an errno" wait_for 10 grep -q "errno 18" "$TMP/notify.out"
check_eq "and nobody else" "4711 errno 18" "$(xargs <"$TMP/notify.out")"
check_eq "the container process state: version, descriptors, pid, metadata" "1.3.0 seccompFd 1 $pid MKNOD=/dev/null" "$(jq -r '[.ociVersion, (.fds | join(",")), .received, .pid, .metadata] | join(" ")' "$states")"
check_eq "the container's state in it" "notify created $pid $TMP/notify a value" "$(jq -r '.state | [.id, .status, .pid, .bundle, .annotations["a.key"]] | join(" ")' "$states")"
check_eq "exec: an agent for it too" "4711" "$(R exec notify calls $getpgid,1)"
check_eq "exec: with its own pid and the container's state" "true running $pid" "$(tail -1 "$states" | jq -r '[(.pid != .state.pid), .state.status, .state.pid] | join(" ")')"
R delete -f notify
check_eq "flags of a listener: TSYNC and WAIT_KILLABLE_RECV" "4711=0" "$(said "$(profile "$notify" '{listenerPath:"'"$agent"'",flags:["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}')" "calls $getpgid,1")"
hard='[{names:["getpgid","sendmsg","recvmsg","capset","prctl","execve","write","exit_group","futex","sched_yield"], action:"SCMP_ACT_NOTIFY"}]'
check_eq "a profile that asks for what the runtime itself still calls" "4711=0" "$(said "$(listening "$hard")" "calls $getpgid,1")"
check_eq "SCMP_ACT_NOTIFY as the default action" "4711=0" "$(said '{defaultAction:"SCMP_ACT_NOTIFY", listenerPath:"'"$agent"'"}' "calls $getpgid,1")"
check_eq "with no_new_privs" "4711=0" "$(said "$(listening "$notify") | .process.noNewPrivileges = true" "calls $getpgid,1")"
kill "$agent_pid"; wait "$agent_pid" 2>/dev/null
check_eq "the agent saw nothing wrong" "" "$(cat "$TMP/agent.err")"

# --- the cache of programs --------------------------------------------------------------------------------------------------------
programs() { find "$TMP/state/.seccomp" -name '*.bpf' | wc -l; }
before=$(programs)
for name in one two; do said "$(profile "$(call SCMP_ACT_ERRNO errnoRet:55)" '{listenerPath:"/x",listenerMetadata:"'$name'"}')" true >/dev/null; done
check_eq "a profile is compiled once, whoever listens" $((before + 1)) "$(programs)"
bundle brief ".linux.seccomp = $(profile "$(call SCMP_ACT_ERRNO errnoRet:56)")" "sleep 60"
background brief brief
check_eq "an exec reads no rules, only which program" "null .bpf" "$(jq -r '[(.config.linux.seccomp.syscalls | tojson), .program[32:]] | join(" ")' "$TMP/state/brief/exec.json")"
check_eq "and is under it" "errno 56" "$(R exec brief calls $getpgid,1)"
its=$TMP/state/.seccomp/$(jq -r .program "$TMP/state/brief/exec.json") size=$(stat -c %s "$its")
for left in 0 8 $((size - 8)); do
    truncate -s "$left" "$its"
    check_eq "also when of the program only $left bytes are left" "errno 56" "$(R exec brief calls $getpgid,1)"
    check_eq "which makes it whole again" "$size" "$(stat -c %s "$its")"
done
rm -r "$TMP/state/.seccomp"
check_eq "or when the programs are gone" "errno 56" "$(R exec brief calls $getpgid,1)"
check_eq "which makes it anew" 1 "$(programs)"
rm "$TMP/state/brief/exec.json"
check_eq "and when the container is of a time before there was one" "errno 56" "$(R exec brief calls $getpgid,1)"
R delete -f brief
rm -r "$TMP/state/.seccomp"
said "$(profile '[]')" true >/dev/null
lax=$(ls "$TMP/state/.seccomp")
sly=".linux.seccomp = $(profile "$(call SCMP_ACT_ERRNO errnoRet:57)" "{\"org.slipway.program\":\"$lax\",program:\"$lax\"}") | .program = \"$lax\" | .\"org.slipway.program\" = \"$lax\""
check_eq "a bundle that names another program is held to its rules" "errno 57" "$(seen "$sly" "calls $getpgid,1")"
bundle sly "$sly" "sleep 60"
background sly sly
check_eq "an exec too" "errno 57" "$(R exec sly calls $getpgid,1)"
R delete -f sly
check_eq "nothing is left" "" "$(R list -q; groups_left c)"
finish
