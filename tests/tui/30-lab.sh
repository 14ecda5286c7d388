#!/bin/bash
# The first lab, solved by typing, with its picture; the sandbox goes away with the UI, however that ends.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
sandboxes() { api GET /slipway/sandboxes | jq length; }
none_left() { [ "$(sandboxes)" = 0 ]; }
open_lab() { # by its place on the way, whatever the order of labs is
    ui_keys 3
    sees "the list of labs" 'Two namespaces and a wire'
    ui_keys g
    for _ in 1 2 3 4 5; do ui_matches '▌.*Two namespaces and a wire' && break; ui_keys j; sleep 0.1; done
    ui_keys Enter
    sees "the sandbox is made" 'Step 1 of 4' 20
    sees "its shell has the keyboard" 'the keyboard is here'
    sees "and a prompt" 'lab# '
}

ui_start 120 40
open_lab
ui_type 'ip netns add red; ip netns add blue' ; ui_keys Enter
sees "the picture shows both namespaces" 'netns (red|blue) .*netns (red|blue)'
sees "step 1 is noticed by itself" 'step 1 done|Step 2 of 4' 15
ui_type 'ip link add veth-red netns red type veth peer name veth-blue netns blue' ; ui_keys Enter
sees "the wire is drawn, down" '●╌+●'
sees "step 2" 'Step 3 of 4' 15
sees "the learner's own addresses" '192\.168\.[0-9]+\.1/24'
subnet=$(ui_screen | grep -Eo '192\.168\.[0-9]+' | head -1)
ui_type "ip -n red addr add $subnet.1/24 dev veth-red; ip -n blue addr add $subnet.2/24 dev veth-blue" ; ui_keys Enter
ui_type 'ip -n red link set veth-red up; ip -n blue link set veth-blue up' ; ui_keys Enter
sees "the wire is up, with both addresses" '●━+●' 10
sees "one end" "${subnet//./\\.}\.1/24"
sees "the other" "${subnet//./\\.}\.2/24"
sees "step 3" 'Step 4 of 4' 15
ui_type "ip netns exec red ping -c 3 -i 0.2 $subnet.2" ; ui_keys Enter
sees "counters move" 'rx [1-9][0-9]*  tx [1-9]'
sees "all steps are done" 'All steps are done|all steps done' 20
ui_keys 'C-]' Escape
sees "back in the list, done" '✓ +Two namespaces and a wire'
check "leaving removes the sandbox" wait_for 10 none_left

open_lab
ui_keys 'C-]' h
sees "a hint" 'Hint 1 of'
ui_keys c
sees "a check that fails says why" 'not yet:'
ui_keys S ; sees "the solution asks first" 'Show the solution' ; ui_keys y
sees "the solution does the step" 'Step 2 of 4' 15
ui_keys R ; sees "reset asks first" 'Begin again' ; ui_keys y
sees "and starts from the first step" 'Step 1 of 4' 20
check_eq "one sandbox" 1 "$(sandboxes)"
kill -9 "$(ui_pid)"
sees "a killed UI leaves a sane terminal" 'terminal is restored'
check "and no sandbox" wait_for 10 none_left
ui_stop
finish
