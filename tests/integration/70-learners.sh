#!/bin/bash
# Learners who try to break the machine for the others, each from inside a lab machine of their own: the neighbour's shell answers while
# they are at it, and what they did goes with their machine. And what can go wrong from outside.
. "$(dirname "$0")/../lib.sh"
truncate -s 700M "$TMP/host.img" && /sbin/mkfs.ext4 -q -m 0 "$TMP/host.img" && mkdir "$DATA" && mount -o loop "$TMP/host.img" "$DATA"
at_exit 'cleanup_engine; umount -l "$DATA"'
cleanup_engine() { [ -z "$ENGINE_PID" ] || { api GET /slipway/sandboxes | jq -r '.[].Id' | while read -r id; do api DELETE "/slipway/sandboxes/$id"; done; engine_stop; }; }
engine_start

post() { api POST /slipway/sandboxes -H 'Content-Type: application/json' -d "$1"; }
in_bad() { timeout 30 "$B/slipway" exec lab-bad-0 bash -c "$1" 2>&1 </dev/null; }
nice() { timeout 30 "$B/slipway" exec lab-nice-0 sh -c "$1" 2>&1 </dev/null; }
bad() { post "{\"lab\":\"bad\",\"memory\":${1:-134217728},\"pids\":${2:-100},\"disk\":67108864,\"cpus\":0.5}" >/dev/null; }
gone() { api DELETE /slipway/sandboxes/lab-bad-0; }
group() { find /sys/fs/cgroup -maxdepth 4 -type d -path "*$1*/$(api GET /slipway/sandboxes | jq -r '.[] | select(.lab == "bad").Id')" | head -1; }
now() { date +%s%N; }
answer() { local from; from=$(now); nice 'echo prompt' | grep -q prompt || echo broken; echo $((($(now) - from) / 1000000)); } # milliseconds
median() { for _ in 1 2 3 4 5; do answer; done | sort -n | sed -n 3p; }

check "the images come" wait_for 30 "$B/slipway" image inspect slipway/lab busybox registry:2
post '{"lab":"nice"}' >/dev/null
CALM=$(median)
# The neighbour answers, and not much later than before: twenty times and half a second are what nobody would bear.
neighbour() { local ms; ms=$(median); [ "$ms" != broken ] && [ "$ms" -le $((CALM * 20 + 500)) ] && ok "$1 ($ms ms, $CALM before)" || not_ok "$1" "$ms ms, $CALM before"; }

bad
in_bad 'bomb() { bomb | bomb & }; bomb' >/dev/null &
pids=$(group pids)
check "a fork bomb reaches its limit" wait_for 15 eval '[ "$(cat "$pids/pids.current")" -ge 95 ]'
neighbour "and the neighbour answers"
check_eq "it has not got past it" yes "$([ "$(cat "$pids/pids.current")" -le 100 ] && echo yes)"
check_match "whoever wants in gets in, or is told why" '^in$|Resource temporarily unavailable' "$(in_bad 'echo in')"
in_bad 'kill -9 -1' >/dev/null
check "one kill from a shell that is in ends it" wait_for 10 eval '[ "$(cat "$pids/pids.current")" -le 5 ]'
check_eq "and the machine goes on" fine "$(in_bad 'echo fine')"
in_bad 'bomb() { bomb | bomb & }; bomb' >/dev/null &
check "once more" wait_for 15 eval '[ "$(cat "$pids/pids.current")" -ge 95 ]'
gone
check_eq "the machine can be removed in the middle of it" 0 "$(api GET /slipway/sandboxes | jq '[.[] | select(.lab == "bad")] | length')"

bad
check_match "a disk filler is stopped" 'No space left' "$(in_bad 'cat /dev/zero >/work/fill; cat /dev/zero >/root/fill')"
check_eq "the neighbour writes" fine "$(nice 'echo fine >/root/f; cat /root/f')"
check_match "the machine still starts programs" 'Filesystem' "$(in_bad 'df -h / && rm /work/fill')"
in_bad 'for i in 1 2 3; do tail /dev/zero & done; wait' >/dev/null &
check "a memory hog is killed" wait_for 20 eval 'grep -q "oom_kill [1-9]" "$(group memory)"/memory.oom_control "$(group memory)"/inner/memory.oom_control "$(group)"/memory.events 2>/dev/null'
neighbour "the neighbour answers meanwhile"
check_eq "the hog's machine goes on" fine "$(in_bad 'echo fine')"
gone

bad 268435456
{ echo '*filter'; for ((i = 0; i < 100000; i++)); do echo "-A INPUT -s 10.$((i >> 16)).$(((i >> 8) & 255)).$((i & 255)) -j DROP"; done; echo COMMIT; } >"$TMP/rules"
S cp "$TMP/rules" lab-bad-0:/root/rules
in_bad 'touch /root/begun; iptables-restore </root/rules; touch /root/ended' >"$TMP/restored" &
RULES=$!
check "100000 rules are on their way" wait_for 15 in_bad 'test -e /root/begun'
neighbour "the neighbour answers"
wait $RULES
check "and they are in, or refused" in_bad 'test -e /root/ended'
neighbour "the neighbour's packets and shell are as before"
gone
check_eq "they went with the machine" 0 "$(iptables-save | grep -c -- '-s 10\.[01]\.')"

bad 134217728 250
made=$(in_bad 'for i in $(seq 10000); do ip netns add n$i || break; done 2>&1 | tail -1; ls /run/netns | wc -l')
check_match "of 10000 network namespaces the first 64 are made" '^6[0-4]$' "$(tail -1 <<<"$made")"
check_match "and the reason is given" 'No space left|limit' "$made"
neighbour "the neighbour answers"
gone

# What goes wrong from outside.
bad
in_bad 'rm -rf --no-preserve-root / 2>/dev/null' >/dev/null
check_match "who has deleted everything finds nothing there" 'no such file|not found' "$(in_bad 'true')"
check_eq "the neighbour has all, and the next machine too" "bin fine" "$(nice 'ls -d /bin/bash' | grep -o bin | head -1) $(gone; bad; in_bad 'echo fine')"
kill -9 "$(api GET /slipway/sandboxes | jq '.[] | select(.lab == "bad").pid')"
check "a machine that is killed is gone" wait_for 5 eval '[ "$(api GET /slipway/sandboxes | jq "[.[] | select(.lab == \"bad\")] | length")" = 0 ]'
check_match "and says so to who asks for it" 'No such container' "$(in_bad true)"

bad
for bs in 1M 4k 512; do dd if=/dev/zero of="$DATA/full-$bs" bs=$bs 2>/dev/null; done
check_match "on a full disk of the host no machine starts, and the reason is given" 'No space left' "$(post '{"lab":"more"}')"
check_eq "nothing is left of the attempt" "bad nice" "$(api GET /slipway/sandboxes | jq -r '[.[].lab] | sort | join(" ")')"
check_match "a learner is told of it, too" 'No space left|Input/output error|fine' "$(in_bad 'dd if=/dev/zero of=/work/f bs=1M count=20 conv=fsync 2>&1 && echo fine')"
rm "$DATA"/full-*
gone
check_match "with room again a machine starts" '"Id"' "$(post '{"lab":"more"}')"
finish
