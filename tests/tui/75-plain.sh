#!/bin/bash
# The plain mode through pipes: menus with numbers, and nothing that moves a cursor.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
plain() { printf '%s\n' "$@" | "$B/slipway" --plain 2>&1; }
ESC=$(printf '\033')

# Lessons
OUT=$(plain 1 1 3 2 2 0 0 0)
check_match "the first menu has numbers" '^3\. Containers$' "$OUT"
check_match "a lesson with its pages" '^What a container is, page 1 of [0-9]+$' "$OUT"
check_match "its words" 'A container is not a small machine' "$OUT"
check_match "the next page" '^What a container is, page 2 of' "$OUT"
check_match "and no page before the first" 'This is the first page' "$OUT"
check_match "0 goes back to the end" '^Number: *$|Goodbye\.$' "$OUT"
check_no_match "no control sequence anywhere" "$ESC" "$OUT"
check_match "a number that is none" 'Type a number from 0 to 4' "$(plain 9)"
check_eq "the menu comes again for ?" 2 "$(plain '?' q | grep -c '^1\. Lessons')"
check_match "q leaves from anywhere" '^Goodbye\.$' "$(plain 1 1 q)"
check_match "so does the end of the input" '^Goodbye\.$' "$("$B/slipway" --plain </dev/null)"
check_rc "a command beside it" 125 S --plain ps

OUT=$(plain 1 1 3 3 3 3 3 3 3 b a 0 0 0)
check_match "on its last page the questions at its end" 'Question 2 of 2' "$OUT"
check_match "each with what is right" 'b is right: ' "$OUT"
check_match "and what comes after the answers is the menu's" 'Goodbye\.$' "$OUT"
check_match "that it was read is known to the school" '^  done +what-a-container-is ' "$(S lesson map)"
check_match "and stays so when a page is read again" '^  done +what-a-container-is ' "$(plain 1 1 0 0 0 >/dev/null; S lesson map)"

# Containers
check_match "no containers" 'There are no containers' "$(plain 3 0)"
S run -d --name plainly busybox sh -c 'echo it speaks; exec sleep 1000' >/dev/null
wait_for 5 grep -q speaks <(S logs -f plainly)
OUT=$(plain 3 1 1 4 10 0 0 0)
check_match "a container in words" '^1\. plainly, of busybox, Up ' "$OUT"
check_match "its layers, as a picture of ASCII" 'LAYERS' "$OUT"
check_match "its network" 'veth: eth0 in container' "$OUT"
check_match "its log" 'it speaks' "$OUT"
check_no_match "no control sequence, and no sign that only draws" "$ESC|[┌─│█]" "$(sed 's/it speaks//' <<<"$OUT")"
S rm -f plainly >/dev/null

# Labs
SLUG=two-namespaces-and-a-wire
LAB=$(S lab list | tail -n +2 | grep -n "$SLUG" | cut -d: -f1)
OUT=$(plain 2 "$LAB" 5 1 5 6 6 3 'echo $((6 * 7))' 3 'exit 3' 4 7 2 9 0 0 0)
check_match "a lab that is not started says so" 'is not started' "$OUT"
check_match "started: the instructions" '^Step 1 of [0-9]+: ' "$OUT"
check_match "the check says what is missing" 'Not yet: ' "$OUT"
check_match "hints, one after the other" '^Hint 2 of ' "$OUT"
check_match "a command in the sandbox" '42$' "$OUT"
check_match "and how it ended" 'It ended with code 3\.' "$OUT"
check_match "no shell without a terminal" 'A shell needs a terminal' "$OUT"
check_match "solved, and the next step" '^Step 2 of [0-9]+: ' "$OUT"
check_eq "removed" 0 "$(S ps -aq | wc -l)"

# An exam: letters answer; the lines after it are the menu's again
OUT=$(plain 4 1 1 a n b x y 2 0 0)
check_match "several banks are a menu" "^1\. Containers from the kernel up, [0-9]+ questions" "$OUT"
check_match "questions with letters" '^ *a[.)] ' "$OUT"
check_match "answers are stored at once" '^> Stored\.$' "$OUT"
check_match "the result, from the menu behind the exam" '^1 +containers-basics .* finished +[0-9]+/10 ' "$OUT"
check_match "and its questions, explained" '^10\. (Right|Wrong)' "$(plain 4 3 1 0 0)"

# The same on a terminal
T new-session -d -x 80 -y 24 "env TERM=$UI_TERM '$B/slipway' --plain; exec sleep 600"
sees "on a terminal, too" 'Number:'
ui_keys 3 Enter
sees "typed" 'There are no containers'
ui_stop
finish
