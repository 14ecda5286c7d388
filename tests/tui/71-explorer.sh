#!/bin/bash
# The explorer against the live engine: tables that follow events, marks, inspect, search in logs, curves, the layers of an image.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name expweb -v expdata:/data busybox sh -c \
    'for i in $(seq 200); do echo "line $i of many"; done; echo trouble ahead >&2; exec sleep 1000' >/dev/null

ui_start 100 30
ui_keys 4 ; sees "the containers, and the names of the other tables" '▸ Containers +Images +Volumes +Networks +Events'
ui_keys Tab
sees "images: a row for each name, with its user" 'busybox:latest .*expweb'
S tag busybox:latest test.local/explorer:1
sees "an image that is tagged appears by itself" 'test\.local/explorer:1'
ui_keys / ; ui_type explorer ; ui_keys Enter
sees "the filter leaves one" 'Images.* 1 of [0-9]+'
ui_keys t ; sees "t asks for a name" 'another name for it'
ui_type test.local/explorer:2 ; ui_keys Enter
sees "the image has it" 'test\.local/explorer:2'
sees "with the command that does it" 'ran: slipway tag test\.local/explorer:1 test\.local/explorer:2'
ui_keys '*' ; sees "all on show are marked" '2 marked'
ui_keys D ; sees "removing the marked asks first" 'Remove 2 images: test\.local/explorer'
ui_keys y
sees "and removes both" 'nothing matches'
check_rc "they are gone for the engine too" 1 S image inspect test.local/explorer:1
ui_keys Escape
sees "Esc shows the others" 'busybox:latest'
ui_keys / ; ui_type busybox:latest ; ui_keys Enter Enter
sees "Enter: the layers of the image" 'Layers, the last on top.*efficiency 100\.0 %'
sees "what the layer changes" 'A +/bin'
ui_keys Enter ; sees "Enter: all its files" '1 of [0-9]+, A added'
ui_keys G ; sees "the end of the first page" '200 of [0-9]+, A added'
ui_keys G ; sees "and of all" ' ([0-9]+) of \1, A added'
ui_keys Tab ; sees "its history" 'History, the last on top'
ui_keys Escape

ui_keys Escape
ui_keys Escape ; sees "back at the containers" '▸ Containers'
ui_keys Tab Tab ; sees "volumes, with who uses them" 'expdata +local +- +expweb'
S volume create expother >/dev/null
sees "a volume that is made appears by itself" 'expother'
S exec expweb sh -c 'head -c 3000000 /dev/zero >/data/zeros'
ui_keys z ; sees "z measures them" 'expdata +local +2\.9M +expweb'
ui_keys a ; ui_type expthird ; ui_keys Enter ; sees "a makes one" 'expthird +local '
check "the engine has it" S volume inspect expthird
ui_keys '*' D ; sees "all marked: one question" 'Remove 3 volumes'
ui_keys y
sees "what is in use stays, and it is said why" '2 removed, 1 not: .*in use'
sees "the others are gone" 'Volumes.* 1'
ui_keys Enter ; sees "inspect is a tree" 'The volume expdata'
sees "with the command for the document" 'ran: slipway volume inspect'
ui_keys Escape

ui_keys Tab ; sees "networks" 'bridge +bridge +[0-9.]+/[0-9]+ .*expweb'
S network create expnet >/dev/null
sees "a network that is made appears by itself" 'expnet +bridge'
ui_keys / ; ui_type expnet ; ui_keys Enter ; ui_keys D
sees "removing it asks" 'Remove the network expnet\?'
ui_keys y ; sees "and it goes" 'nothing matches'
ui_keys Escape

ui_keys Tab ; sees "events: the network went" 'network +destroy +expnet'
sees "events: names of images are whole" 'image +untag +test\.local/explorer'
sees "events: the container came before" 'container +start +expweb'
S volume create explive >/dev/null
sees "events come as they happen" 'volume +create +explive'
ui_keys / ; ui_type 'container start' ; ui_keys Enter
hidden() { ! ui_matches 'explive'; }
check "the filter hides what does not match" wait_for 5 hidden
ui_keys Escape

ui_keys Tab ; sees "round to the containers" '▸ Containers'
ui_keys i ; sees "inspect: folded members show their beginning" '▸ State  \{"Status":"running"'
ui_keys / ; ui_type pid ; ui_keys Enter
sees "a search unfolds what hides the match" '▼ State'
sees "and tells the command for just that" "ran: slipway inspect -f '\{\{.*Pid.*\}\}' expweb"
ui_keys c ; sees "c folds all again" '▸ State  \{'
VALUE=$(S inspect -f '{{.State.Pid}}' expweb)
ui_keys Escape
ui_keys / ; ui_type "$VALUE" ; ui_keys Enter ; sees "a value is found too" "Pid +$VALUE"
S pause expweb >/dev/null
ui_keys Escape e ; sees "the tree follows the container" 'Status +"paused"'
S unpause expweb >/dev/null
ui_keys Escape

ui_keys l ; sees "logs: at the end" 'trouble ahead'
ui_keys t ; sees "the time of each line" '[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} trouble ahead'
ui_keys / ; ui_type 'LINE 77 of' ; ui_keys Enter
sees "a search goes back to the line" '▸ .*line 77 of many'
sees "and counts" '1 of 1 found'
ui_keys / ; ui_type '9 of many' ; ui_keys Enter
sees "matches are counted" '[0-9]+ of 20 found'
ui_keys n ; sees "n goes on" '▸ .*9 of many'
ui_keys e ; sees "e: the next from standard error" '▸ .*trouble ahead'
ui_keys Escape Escape

ui_keys S ; sees "stats: curves" 'CPU .*% of a core'
S exec -d expweb sh -c 'end=$(($(date +%s) + 20)); while [ $(date +%s) -lt $end ]; do :; done'
sees "a busy loop shows" 'CPU ─.* ([5-9][0-9]|1[0-9]{2})\.[0-9] % of a core' 15
sees "the processes are counted" '[2-9] now, most [2-9]'
sees "the command" 'ran: slipway stats expweb'
ui_keys Escape

# A still table costs nothing, and comes back with the engine.
ui_keys Tab Tab ; sees "volumes again" '▸ Volumes'
PID=$(ui_pid)
wakes() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$1/status"; }
wait_for 5 grep -q 'screen=volumes.*idle=1' "$TMP/trace"
asleep() { local before; before=$(wakes "$PID"); sleep 3; [ "$(wakes "$PID")" = "$before" ]; }
check "no wake-up in 3 s in which nothing changes" wait_for 15 asleep
engine_kill9
sees "the engine gone: a banner" 'The engine is away'
engine_start
S volume create expback >/dev/null
sees "back by itself, and listening again" 'expback' 10
ui_keys Tab Tab ; sees "events, too" 'volume +create +expback'
engine_kill9
sees "away again" 'The engine is away'
engine_start
S volume create explast >/dev/null
sees "the stream goes on" 'volume +create +explast' 10
check "and nothing is told twice" test "$(ui_screen | grep -c 'create.*expback')" -eq 1
ui_stop
finish
