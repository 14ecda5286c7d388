#!/bin/bash
# A kernel of one's own in a lab machine (uml): what no user namespace can do, done by root there, and nothing of it stays.
. "$(dirname "$0")/../lib.sh"
[ -x /usr/bin/linux.uml ] || { skip "all of it" "the Debian package user-mode-linux is not installed"; finish; }
engine_start
check_eq "the host can" true "$(api GET /slipway/sandboxes/abilities | jq .uml.able)"
check "the images come" wait_for 30 "$B/slipway" image inspect slipway/lab
api POST /slipway/sandboxes -H 'Content-Type: application/json' -d '{"lab":"uml","memory":536870912,"needs":["uml"]}' >/dev/null
inside() { timeout 60 "$B/slipway" exec lab-uml-0 bash -c "$1" 2>&1 </dev/null; }
out=$(inside 'uml "mknod /root/d b 7 0 && ls -l /root/d; mkdir /sys/fs/cgroup/devices/box; echo c 1:3 rwm >/sys/fs/cgroup/devices/box/devices.deny; sh -c \"echo \\\$\\\$ >/sys/fs/cgroup/devices/box/cgroup.procs; echo x >/dev/null\"; echo /work/agent >/sys/fs/cgroup/memory/release_agent && cat /sys/fs/cgroup/memory/release_agent; dmesg | wc -l; echo kept >/work/kept; exit 3"; echo "code $?"; cat /work/kept; ls -A /work /root')
check_match "a device node" '^brw.* 7, *0 .*/root/d' "$out"
check_match "a rule of devices, which bites" '/dev/null: Operation not permitted' "$out"
check_match "a release agent" '^/work/agent$' "$out"
check_match "the code comes back" '^code 3$' "$out"
check_match "what is written below /work stays" '^kept$' "$out"
check_no_match "nothing else does" '^d$|[.]uml' "$(sed '1,/^code 3/d' <<<"$out")"
check_match "version 2 of cgroups" 'memory pids' "$(inside 'uml -2 cat /sys/fs/cgroup/cgroup.controllers')"
# A shell, typed at when it has prompted. With exec the client is what the terminal belongs to, whichever shell `script` starts it by.
: >"$TMP/shell"
{ wait_for 8 grep -q 'uml#' "$TMP/shell"; echo 'echo inside $(uname -r); exit'; wait_for 7 grep -q 'inside 6' "$TMP/shell"; } |
    timeout -k 5 90 script -qfc "exec $B/slipway exec -it lab-uml-0 uml" /dev/null >"$TMP/shell" 2>&1
check_match "a shell" 'inside 6' "$(cat "$TMP/shell")"
finish
