#!/bin/bash
# The labs from the command line: a sandbox each, checks that look at the kernel, nothing left behind.
. "$(dirname "$0")/../lib.sh"
engine_start

list=$(S lab list --json)
check_eq "every lab is listed" "$(cd "$ROOT/labs" && printf '%s\n' */lab.md | sed 's,/lab.md,,' | sort | xargs)" "$(jq -r '.[].slug' <<<"$list" | sort | xargs)"

wire=two-namespaces-and-a-wire
check_rc "a lab that is not started cannot be checked" 1 S lab check $wire
check_match "and says how to start it" "slipway lab start $wire" "$(S lab check $wire 2>&1)"
check_rc "an unknown lab is refused" 1 S lab start nothing-of-the-kind
check_match "by name" "no such lab: nothing-of-the-kind" "$(S lab start nothing-of-the-kind 2>&1)"

check_match "starting shows the first step" "Step 1 of 4: Two network namespaces" "$(S lab start $wire)"
check_rc "a second start of the same lab is refused" 1 S lab start $wire
check_rc "the untouched lab does not pass" 1 S lab check $wire
check_match "and says what is missing" "no network namespace named red" "$(S lab check $wire)"
check_match "a hint is there" "ip netns" "$(S lab hint $wire)"
check_rc "a hint beyond the last is refused" 1 S lab hint $wire 9

# The learner's own typing, in the sandbox's shell.
in_lab() { S lab shell $wire <<<"$1"; }
in_lab 'ip netns add red; ip netns add blue' >/dev/null
check_match "the first step passes" "Done: Two network namespaces" "$(S lab check $wire)"
in_lab 'ip link add veth-red type veth peer name veth-blue; ip link set veth-red netns red; ip link set veth-blue netns blue' >/dev/null
subnet=$(S lab check $wire | grep -Eo '192\.168\.[0-9]+' | head -1)
check_match "the next step names the learner's own addresses" '^192\.168\.[0-9]+$' "$subnet"
in_lab "ip -n red addr add $subnet.1/24 dev veth-red; ip -n blue addr add $subnet.2/24 dev veth-blue
    ip -n red link set veth-red up; ip -n blue link set veth-blue up" >/dev/null
check_match "the step passes" "Done: Addresses, and both ends up" "$(S lab check $wire)"
ping=$(in_lab "ip netns exec red ping -c 3 -i 0.2 $subnet.2")
check_match "the ping works through ip netns exec" "3 (packets )?received|0% packet loss" "$ping"
check_match "the last step passes" "All 4 steps" "$(S lab check $wire)"

id=$(api GET /slipway/sandboxes | jq -r '.[0].Id')
picture=$(api GET "/slipway/containers/$id/network")
check_eq "the picture shows both ends of the wire" "blue:veth-blue red:veth-red" \
    "$(jq -r '.wires[] | select(.a.link | startswith("veth-")) | [.a, .b] | map(.namespace + ":" + .link) | sort | join(" ")' <<<"$picture")"
check_no_match "the host's namespaces hold nothing of it" "veth-red" "$(ip -o link; ls /run/netns 2>/dev/null)"
in_lab 'ip -n red link del veth-red' >/dev/null
check_match "a done step stays done" "All 4 steps" "$(S lab check $wire)"
check_match "a reset begins again" "Step 1 of 4" "$(S lab reset $wire)"
check_rc "in a fresh machine" 1 S lab check $wire
check_match "a solution is carried out and shown" "Done for you" "$(S lab solve $wire)"
check_eq "stopping names the lab" "$wire" "$(S lab stop $wire)"
check_eq "and leaves no sandbox" "[]" "$(api GET /slipway/sandboxes | jq -c .)"

# Nothing reaches the host: what root in the sandbox may not do.
S lab start $wire >/dev/null
for attempt in 'mount -t ext4 /dev/vda /mnt' 'echo 1 > /proc/sys/kernel/panic' 'echo b > /proc/sysrq-trigger' 'mknod /tmp/d b 254 0' \
    "chroot /proc/1/root/../../../.. test -e $TMP/engine.log" 'sysctl -w vm.swappiness=1' 'sysctl -w user.max_user_namespaces=9999' 'dmesg -c' 'hostname -F /proc/1/root/etc/shadow'; do
    check_no_match "refused: $attempt" "^done$" "$(in_lab "{ $attempt; } >/dev/null 2>&1 && echo done")"
done
check_eq "the processes of the host are not seen" "0" "$(in_lab 'ps -eo comm= | grep -c slipwayd')"
S lab stop $wire >/dev/null

check_eq "no cgroup of a sandbox is left" "" "$(find /sys/fs/cgroup -type d -path '*slipway*lab*' 2>/dev/null | head -3)"
finish
