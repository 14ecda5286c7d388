#!/bin/bash
# The network screen: the map follows the kernel, wires show both ends, rules, and the trace of a packet.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S network create --subnet 10.60.1.0/24 na >/dev/null
S network create --subnet 10.60.2.0/24 nb >/dev/null
S run -d --name mapweb --network na -p 18060:80 busybox httpd -f -p 80 >/dev/null
S run -d --name mapdb --network na busybox sleep 1000 >/dev/null
S network connect nb mapdb
S run -d --name mapother --network nb busybox sleep 1000 >/dev/null
now_ms() { echo $(($(date +%s%N) / 1000000)); }

ui_start 120 40
ui_keys 4 ; sees "the containers" 'mapother'
ui_keys n
sees "the map: a network as a box with its address" '╭─ na ─+ 10\.60\.1\.1/16|╭─ na ─+ 10\.60\.1\.1/24'
sees "a container as a box, wired to its bridge" 'veth[0-9a-f]+ .*[●◆]━+[●◆] ● eth0 10\.60\.1\.2/24 .* up'
sees "a container on two networks has two links" '━+● ● eth1 10\.60\.2\.2/24'
sees "both ends of the wire that is chosen" 'veth[0-9a-f]+ in host, port of br-.* eth0 in mapweb'
ui_keys j
sees "the next wire" 'eth0 in mapdb'
gone() { ! ui_matches 'mapnew'; }
TOOK=99999
for n in 1 2 3 4 5; do # the machine may have other work at any one of them
    S run -d --name mapnew --network na busybox sleep 1000 >/dev/null
    STARTED=$(now_ms)
    sees "a new container comes by itself ($n)" '╭─ mapnew '
    THIS=$(($(now_ms) - STARTED))
    S rm -f mapnew >/dev/null
    check "and leaves by itself ($n)" wait_for 5 gone
    [ $THIS -lt $TOOK ] && TOOK=$THIS
    [ $TOOK -le 300 ] && break
done
check "within 300 ms of the engine's answer ($TOOK ms)" test "$TOOK" -le 300
sees "counters are there" 'rx [0-9]+ +tx [0-9]+'
RX=$(ui_screen | grep -o 'rx [0-9]* p' | head -1)
S exec mapdb ping -c3 -i0.2 10.60.1.2 >/dev/null
counted() { [ "$(ui_screen | grep -o 'rx [0-9]* p' | head -1)" != "$RX" ]; }
check "counters move" wait_for 5 counted

ui_keys Tab
sees "rules: the hooks in a packet's order" 'wire → PREROUTING nat 1 → FORWARD filter [0-9]+ → POSTROUTING nat [0-9]+ → wire'
sees "who wrote each" 'ACCEPT +-i br-.* (na|nb)'
ui_keys j ; ui_keys Enter
sees "Enter jumps into the chain" 'Rules of host: DOCKER-USER'
ui_keys BSpace
sees "Backspace back" 'filter FORWARD +policy DROP'
iptables -I FORWARD -s 203.0.113.0/24 -j DROP
sees "a person's rule is marked" 'DROP +-s 203\.0\.113\.0/24 .*person'
iptables -D FORWARD 1
ui_keys h h
sees "the hook before" 'nat PREROUTING +policy ACCEPT'
ui_keys n
sees "the rules inside a container" 'Rules of mapweb'

ui_keys t
sees "t asks from where" 'from .*_.*host, or a container'
ui_keys C-u
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do ui_keys BSpace; done
ui_type mapother ; ui_keys Enter
sees "and to where" 'to .*_.*HOST:PORT'
ui_type mapweb:80 ; ui_keys Enter ; ui_keys Enter
sees "the verdict" 'dropped by filter DOCKER-ISOLATION-STAGE-2 rule [0-9] in host: networks nb and na are kept apart'
sees "the way" 'wire +eth0 of mapother is wired to veth'
sees "the command that does it" 'slipway trace-packet --from mapother --to mapweb:80'
ui_keys BTab
for _ in 1 2 3; do ui_matches 'Rules of host' || ui_keys n; wait_for 2 ui_matches 'Rules of host'; done
sees "drawn over the rules" '✗FORWARD'
ui_keys h h l l l
ui_keys BTab

# 80x24: everything is there, and scrolls.
ui_stop
ui_start 80 24
ui_keys 4 ; sees "containers at 80x24" 'mapother'
ui_keys n ; sees "the map at 80x24" '╭─ mapweb '
for _ in 1 2 3 4 5; do ui_keys j; done
sees "it scrolls to the last wire" 'eth0 in mapother'
sees "and shows its box" '╭─ mapother '
check "the map costs at most 1 % of a core when nothing happens" at_rest "$(ui_pid)" 5 5
engine_kill9
sees "the engine gone: a banner" 'The engine is away'
engine_start
sees "back by itself" 'follows the kernel' 10
ui_keys Enter ; sees "Enter opens the container" 'Layers.*Namespaces'
ui_keys Escape ; sees "Esc comes back to the map" 'Both ends of the wire'
ui_stop
finish
