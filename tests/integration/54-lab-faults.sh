#!/bin/bash
# What happens to a lab in the middle: a step begun again, the engine started again, a machine killed, emptied, filled, full of processes,
# a check that hangs, time that runs out. The lab says what happened and offers a reset.
. "$(dirname "$0")/../lib.sh"
engine_start
wire=two-namespaces-and-a-wire
in_lab() { timeout 60 "$B/slipway" lab shell "$wire" <<<"$1"; }
machine() { api GET /slipway/sandboxes | jq -r '.[0].Id'; }

S lab start $wire >/dev/null
first=$(machine)
for _ in 1 2 3; do S lab solve $wire >/dev/null; done
reset=$(S lab reset $wire 2)
check_match "a step is begun again, and it is the current one" "Step 2 of 4" "$reset"
check_match "in a fresh machine" "^[0-9a-f]{64}$" "$(machine | grep -v "$first")"
check_eq "in which the step before is done again" 2 "$(in_lab 'ls /run/netns' | wc -l)"
check_eq "and what came after is not" "" "$(in_lab 'for n in $(ls /run/netns); do ip -n $n -o link show type veth; done')"
check_rc "an unknown step is refused" 1 S lab reset $wire 9
check_rc "a step is named by its folder too" 0 S lab reset $wire 20-wire

# The engine is killed and started again: the machine runs on, and so does the lab.
id=$(machine)
engine_kill9; engine_start
check_eq "after a restart the machine is the same" "$id" "$(machine)"
check_match "done steps are done" "Step 3 of 4" "$(S lab solve $wire)"
engine_stop; engine_start
check_match "also after an engine that was stopped properly" "Step 4 of 4" "$(S lab solve $wire)"

# What the learner is told when the machine is in a bad way.
in_lab 'for i in $(seq 400); do sleep 1000 & done' >/dev/null 2>&1
said=$(S lab check $wire 2>&1)
check_match "no processes left: said, with a reset" "can have no more processes.*slipway lab reset" "$said"
check_match "a reset helps" "Step 1 of 4" "$(S lab reset $wire)"
in_lab 'dd if=/dev/zero of=/fill bs=1M 2>/dev/null; dd if=/dev/zero of=/fill2 bs=4k 2>/dev/null' >/dev/null 2>&1
check_match "a full disk does not keep a check from its answer" "Not yet|disk is full" "$(S lab check $wire 2>&1)"
S lab reset $wire >/dev/null
in_lab 'rm -rf --no-preserve-root / 2>/dev/null' >/dev/null 2>&1
check_match "an emptied machine: said, with a reset" "files were deleted; a reset makes a fresh one \(slipway lab reset $wire\)" "$(S lab check $wire 2>&1)"
check_match "and a reset brings it back" "Step 1 of 4" "$(S lab reset $wire)"
check_match "whole" "no network namespace" "$(S lab check $wire)"
kill -9 "$(api GET /slipway/sandboxes | jq -r '.[0].pid')"
check "a killed machine goes" wait_for 10 sh -c "[ \"\$(curl -s --unix-socket $SOCK http://d/slipway/sandboxes)\" = '[]' ]"
check_match "and that is said" "its machine is gone; .slipway lab start $wire. makes a fresh one" "$(S lab check $wire 2>&1)"
check_match "a new start begins again" "Step 1 of 4" "$(S lab start $wire)"
S lab stop $wire >/dev/null

# A lab of our own: a check that can hang, a limit of time, steps in any order.
S lab new "$TMP/own" >/dev/null 2>&1
own=$TMP/own
sed -i '2i steps: free' "$own/lab.md"; sed -i '2i needs: [10-directory]' "$own/20-file/step.md" "$own/30-mode/step.md"
sed -i '2i needs: [20-file]' "$own/30-mode/step.md"; sed -i '3d' "$own/30-mode/step.md"
cp "$own/20-file/verify.sh" "$TMP/verify"
echo 'cat /srv/pipe' >>"$own/20-file/verify.sh"
start=$(S lab start "$own/")
check_match "a free lab lists its steps" '\[ \] 1  Make the directory' "$start"
check_match "with those that must wait" ' -  3  Keep it to yourself' "$start"
name=$(sed -n 's,.*/srv/\([a-z]*-[0-9]*\).*,\1,p' <<<"$start" | head -1)
check_match "the text has the learner's own values" '^(red|blue|green)-[0-9]{2}$' "$name"
shell() { timeout 60 "$B/slipway" lab shell "$own/" <<<"$1"; }
shell "mkdir /srv/$name; echo $name > /srv/$name/word; mkfifo /srv/pipe"
check_match "a check that hangs is stopped and said" "check of step 20-file did not end within 5 s.*reset" "$(S lab check "$own/" 2>&1)"
cp "$TMP/verify" "$own/20-file/verify.sh"
check_match "what is done is done all the same" "Done: Put a file into it" "$(S lab check "$own/")"
check_match "a reset of the first step takes along what needs it" "Step 1 of 3" "$(S lab reset "$own/" 1)"
check_rc "so that the last cannot be solved" 1 S lab solve "$own/" 3
S lab stop "$own/" >/dev/null
sed -i '2i timed: yes' "$own/lab.md"; sed -i 's/^minutes: .*/minutes: 1/' "$own/lab.md"
check_match "a timed lab tells its time" "Time left: [01]:[0-9]{2} of 1 minutes" "$(S lab start "$own/")"
kill "$(cat "$TMP/class.pid")"; wait_for 5 sh -c "! kill -0 $(cat "$TMP/class.pid" 2>/dev/null || echo 0)" 2>/dev/null
sqlite3 "$TMP/class.db" "UPDATE lab_go SET started = started - 120000" 2>/dev/null ||
    python3 -c "import sqlite3,sys; c=sqlite3.connect('$TMP/class.db'); c.execute('UPDATE lab_go SET started = started - 120000'); c.commit()"
check_match "after it nothing counts" "the 1 minutes of this lab are over; a reset begins again" "$(S lab solve "$own/" 2>&1)"
check_match "a reset gives the time again" "Time left: [01]:" "$(S lab reset "$own/")"
S lab stop "$own/" >/dev/null
check_eq "no machine is left" "[]" "$(api GET /slipway/sandboxes | jq -c .)"
finish
