#!/bin/bash
# A lab in the middle: hints and help are counted, what a done step means is told, steps in any order, a countdown, several machines; a
# step begun again; the engine started again, a machine emptied and killed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
mkdir -p "$TMP/content/labs"
ln -s "$ROOT/lessons" "$ROOT/quizzes" "$TMP/content/"
export SLIPWAY_CONTENT=$TMP/content
own() { # NAME TITLE ORDER LINE...: a lab of our own
    local lab=$TMP/content/labs/$1 line
    S lab new "$lab" >/dev/null 2>&1
    sed -i "s/^title: .*/title: $2/; s/^order: .*/order: $3/" "$lab/lab.md"
    for line in "${@:4}"; do sed -i "2i $line" "$lab/lab.md"; done
}
own any "Any order" 1 "steps: free" "prerequisites: [what-a-container-is]"
sed -i '2i needs: [20-file]' "$TMP/content/labs/any/30-mode/step.md"
own clock "Against time" 2 "timed: yes"
own two "Two machines" 3 "hosts: [other]"
lacking=$([ -e /sys/fs/cgroup/cgroup.controllers ] && echo cgroup-v1 || echo cgroup-v2)
own far "Far away" 4 "needs: [$lacking]"
engine_start
pick() { ui_keys 3 g; for ((i = 1; i < $1; i++)); do ui_keys j; done; }
none_left() { [ "$(api GET /slipway/sandboxes | jq length)" = 0 ]; }

ui_start 120 40
pick 1
sees "what comes before is named" 'Before: ○ '
sees "and what kind of lab it is" 'Steps in any order'
pick 4
sees "what this host cannot do is said, with the reason" "This host cannot do it. It needs $lacking: "
pick 1; ui_keys Enter
sees "a lab of any order begins" 'Step 1 of 3' 20
sees "its shell is there" 'lab# ' 10
name=$(ui_screen | grep -Eo '/srv/(red|blue|green)-[0-9]+' | head -1)
ui_keys 'C-]' h
sees "a hint is shown" 'Hint 1 of 2'
sees "and counted" 'Make the directory  \(1 hint\)'
ui_keys n
sees "another step is looked at" 'Step 2 of 3'
ui_keys n
sees "with what it waits for" 'First: 2  Put a file into it'
ui_keys p p
sees "and back" 'Step 1 of 3'
ui_keys 'C-]'
ui_type "mkdir $name" ; ui_keys Enter
sees "it is noticed when it is done" 'step 1 done|Step 2 of 3' 15
sees "what it means is told" 'A directory is a file that holds'
ui_keys 'C-]' S ; sees "a solution asks" 'Show the solution' ; ui_keys y
sees "and is carried out" 'Step 3 of 3' 15
ui_keys p
sees "a done step can be read again" 'Step 2 of 3.*✓'
ui_keys r ; sees "one step is begun again, after a question" 'Begin this step again' ; ui_keys y
sees "in a fresh machine" 'Step 2 of 3' 20
sees "with the step before it done" '✓ 1  Make the directory'

# The engine goes and comes back: the machine is the same, and so is what was done.
id=$(api GET /slipway/sandboxes | jq -r '.[0].Id')
engine_kill9
sees "that the engine is away is said" 'The engine is away' 15
engine_start
sees "the lab goes on by itself" 'the lab goes on' 20
check_eq "in the same machine" "$id" "$(api GET /slipway/sandboxes | jq -r '.[0].Id')"
sees "with a new shell" 'lab# ' 10
check_eq "and nothing waits to be removed" "$id" "$(api GET /slipway/sandboxes | jq -r '.[0].Id')"
ui_keys 'C-]'
ui_matches 'Ctrl-\] types here' && ui_keys 'C-]'
ui_type "echo ${name#/srv/} > $name/word" ; ui_keys Enter
sees "checks work again" 'Step 3 of 3' 20
ui_type 'rm -rf --no-preserve-root /usr' ; ui_keys Enter
sees "an emptied machine is noticed" "programs are gone" 20
ui_keys 'C-]' R ; sees "a reset asks" 'Begin again' ; ui_keys y
sees "and makes a fresh one" 'Step 1 of 3' 20
sees "with its shell" 'lab# ' 10
kill -9 "$(api GET /slipway/sandboxes | jq -r '.[0].pid')"
sees "a killed machine is noticed" 'The machine of this lab is gone' 15
ui_keys R
sees "a fresh one is a key away" 'Step 1 of 3' 20
sees "whole" 'lab# ' 10
ui_keys 'C-]' Escape
check "and goes when it is left" wait_for 10 none_left
sees "help and time are kept" '[01] of 3 steps done|Any order'

pick 2; ui_keys Enter
sees "a timed lab counts down" '(9|10):[0-5][0-9] left' 20
ui_keys 'C-]' Escape
check "left" wait_for 10 none_left
pick 3; ui_keys Enter
sees "several machines" 'Sandbox lab \(1 of 2' 20
ui_keys 'C-]' o
sees "have a shell each" 'Sandbox other \(2 of 2'
ui_keys 'C-]' ; sees "that takes the keyboard" 'the keyboard is here' 10
ui_type 'ping -c 1 -W 2 lab >/dev/null && echo they "hear" each other' ; ui_keys Enter
sees "on one network" 'they hear each other' 15
ui_keys 'C-]' Escape
check "all are gone" wait_for 15 none_left
ui_stop

ui_start 80 24
pick 1; ui_keys Enter
sees "it fits a small terminal" 'Step 1 of 3' 20
ui_keys 'C-]' Escape
check "and leaves nothing" wait_for 10 none_left
ui_stop
finish
