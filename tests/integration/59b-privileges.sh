#!/bin/bash
# What a container's processes may do: capabilities, no_new_privs and seccomp, told by the engine as the kernel has them.
. "$(dirname "$0")/../lib.sh"
engine_start
wait_for 20 S image inspect busybox
privileges() { api GET "/slipway/containers/$1/privileges"; }
names() { jq -r "[$1] | flatten | map(ltrimstr(\"CAP_\")) | sort | join(\" \")"; }
# The same from the masks in /proc, by number: independent of the engine's own decoding.
mask() { local pid; pid=$(S inspect -f '{{.State.Pid}}' "$1"); awk -v f="$2:" '$1 == f {print $2}' "/proc/$pid/status"; }
told() { jq -r --arg s "$1" '.processes[0][$s] as $held | [.capabilities[] | select(.name as $n | $held | index($n)) | .number] | join(" ")'; }
bits() { local i bits=(); for ((i = 0; i < 64; i++)); do (((0x$1 >> i) & 1)) && bits+=("$i"); done; echo "${bits[*]}"; }

S run -d --name plain --network none busybox sleep 1000 >/dev/null
doc=$(privileges plain)
for set in effective:CapEff permitted:CapPrm inheritable:CapInh bounding:CapBnd ambient:CapAmb; do
    check_eq "${set%:*}: the kernel's mask, decoded" "$(bits "$(mask plain "${set#*:}")")" "$(told "${set%:*}" <<<"$doc")"
done
check_eq "the default set is marked" "$(names '.capabilities[] | select(.default) | .name' <<<"$doc")" "$(names '.processes[0].bounding[]' <<<"$doc")"
check_eq "of pid 1, with a filter" "1 filter false" "$(jq -r '.processes[0] | "\(.inner_pid) \(.seccomp) \(.no_new_privs)"' <<<"$doc")"
check_eq "every capability is told in words" 0 "$(jq '[.capabilities[] | select(.allows == "")] | length' <<<"$doc")"
answer() { jq -r --arg c "$2" '.seccomp | (.refused[] | select(.name == $c) | .answer), (.conditional[] | select(.name == $c) | "conditional")' <<<"$1"; }
check_eq "mount is refused" EPERM "$(answer "$doc" mount)"
check_eq "clone3 answers ENOSYS, so that libc takes clone" ENOSYS "$(answer "$doc" clone3)"
check_eq "clone depends on its flags" conditional "$(answer "$doc" clone)"
check_eq "read is not in the list" "" "$(answer "$doc" read)"
check_match "the kernel does not log errno by itself, which is said" 'SECCOMP_FILTER_FLAG_LOG' "$(jq -r .denied.note <<<"$doc")"

S run -d --name other --network none --cap-drop ALL --cap-add NET_ADMIN --security-opt no-new-privileges --security-opt seccomp=unconfined \
    busybox sleep 1000 >/dev/null
doc=$(privileges other)
check_eq "what was added and dropped" NET_ADMIN "$(names '.processes[0].bounding[]' <<<"$doc")"
check_eq "no new privileges, no filter" "true off null" "$(jq -r '"\(.processes[0].no_new_privs) \(.processes[0].seccomp) \(.seccomp)"' <<<"$doc")"
S run -d --name user --network none --user 1000 busybox sleep 1000 >/dev/null
check_eq "another user than root has none effective" "0 14" \
    "$(privileges user | jq -r '.processes[0] | "\(.effective | length) \(.bounding | length)"')"
S run -d --name admin --network none --cap-add SYS_ADMIN busybox sleep 1000 >/dev/null
check_eq "with SYS_ADMIN mount is allowed" "" "$(answer "$(privileges admin)" mount)"

# --- what was denied, where the profile asks the kernel to tell ---
printf '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"names":["umask"],"action":"SCMP_ACT_ERRNO","errnoRet":13}]}' >"$TMP/log.json"
S run -d --name logged --network none --security-opt seccomp="$TMP/log.json" busybox sh -c 'while :; do umask 027; sleep 1; done' >/dev/null
check_eq "a profile of one's own: umask answers EACCES, all else is allowed" "EACCES allow" "$(doc=$(privileges logged); echo "$(answer "$doc" umask) $(jq -r .seccomp.default <<<"$doc")")"
check_eq "it asks for a log, so there is nothing to remark" "" "$(privileges logged | jq -r .denied.note)"
denied() { privileges logged | jq -e '.denied.calls[0] | .call == "umask" and .answer == "EACCES" and .command == "sh" and .count > 1'; }
if zgrep -q CONFIG_AUDIT=y /proc/config.gz 2>/dev/null; then
    check "the kernel's log tells of what was denied" wait_for 10 denied
else
    skip "the kernel's log tells of what was denied" "this kernel has no audit"
fi

drawn=$(S xray plain privileges)
check_match "drawn: capabilities with what they allow" 'NET_RAW +yes +effective +raw and packet sockets' "$drawn"
check_match "drawn: the filter in figures" 'seccomp: [0-9]+ system calls allowed, [0-9]+ refused' "$drawn"
check_match "drawn: the calls" ' mount( |$)' "$drawn"
check_match "drawn: what differs from the default" 'held besides the default: SYS_ADMIN' "$(S xray admin privileges)"
S stop -t 0 plain >/dev/null
check_match "one that is stopped has no processes to look at" 'is not running' "$(privileges plain | jq -r .message)"
check_match "one that is not there" 'No such container' "$(privileges nobody | jq -r .message)"
finish
