#!/bin/bash
# The same journey under each kind of terminal; full-screen programs, the mouse, history and floods in a pane; the engine killed
# under the UI.
# shellcheck disable=SC2034
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name web busybox sleep 100000 >/dev/null

for term in linux screen tmux-256color xterm-256color vt100; do
    UI_TERM=$term ui_start 80 24
    sees "$term: home" 'Your path'
    ui_keys 4
    sees "$term: the containers" '[│|x] *.*web'
    ui_keys Enter
    sees "$term: the x-ray" 'Layers'
    ui_keys Tab
    sees "$term: its next view" 'Namespaces'
    ui_keys Escape
    ui_keys '?'
    sees "$term: its keys" 'any other key closes this'
    ui_keys q ; ui_keys 2
    sees "$term: the course" 'What a container is'
    ui_keys Enter
    sees "$term: a lesson" 'Terminal'
    ui_keys 'C-]' ; ui_type 'echo inside-$((1 + 1))' ; ui_keys Enter
    sees "$term: its terminal" 'inside-2'
    T resize-window -x 100 -y 30
    sees "$term: a resize" 'leave the terminal'
    check_eq "$term: no escape sequence is left as text" "" "$(ui_screen | grep -o '\[[0-9;]*[mHJ]')"
    ui_keys 'C-]' ; ui_keys q q q
    sees "$term: left" 'ended with 0'
done
UI_TERM=xterm-256color

ui_start 100 40
sees "a lesson to try programs in" 'Your path'
ui_keys 2 ; sees "the course" 'What a container is' ; ui_keys Enter ; sees "opened" 'Terminal'
ui_keys 'C-]' ; sees "the prefix key is on show" 'Ctrl-\] leave the terminal'
seq 1 500 >"$TMP/numbers"
ui_type "less $TMP/numbers" ; ui_keys Enter
sees "less" '^. ?1 '
ui_keys G ; sees "less at its end" '^. ?500 '
ui_type '?^123' ; ui_keys Enter ; sees "a search in less" '^. ?123 '
T send-keys -l $'\033[<64;50;30M' ; sees "the wheel over less" '^. ?120 '
ui_keys q
ui_type top ; ui_keys Enter
sees "top" 'load average'
ui_keys q
ui_type "env -u TMUX tmux -S $TMP/inner.sock -f /dev/null" ; ui_keys Enter
sees "tmux inside" '\[0\] 0:'
ui_keys C-b % ; ui_type 'echo right-$((2 + 2))' ; ui_keys Enter
sees "two panes of it" 'right-4'
tmux -S "$TMP/inner.sock" set -g mouse on
tmux -S "$TMP/inner.sock" display-message -p '#{pane_index}' >"$TMP/index"
ui_keys C-l ; T send-keys -l $'\033[<0;5;30M' ; T send-keys -l $'\033[<0;5;30m'
other_pane() { [ "$(tmux -S "$TMP/inner.sock" display-message -p '#{pane_index}')" != "$(cat "$TMP/index")" ]; }
check "a click reaches tmux and chooses its other pane" wait_for 5 other_pane
tmux -S "$TMP/inner.sock" kill-server
ui_keys C-l ; ui_type "cat $TMP/numbers; printf 'the \\033[38;2;255;0;0mend\\033[m\\n'" ; ui_keys Enter
sees "five hundred lines" 'the end'
ui_keys 'C-]' '[' ; sees "looking back" 'looking back'
ui_type '?^371' ; ui_keys Enter ; sees "nothing is found by a circumflex: text is sought" 'is not in'
ui_type '?371' ; ui_keys Enter ; sees "found" '^. ?371 '
ui_type 'Vjy' ; sees "copied" '8 bytes copied'
ui_keys q ; ui_type 'cat; echo cat-$?' ; ui_keys Enter
ui_keys 'C-]' ']' ; sees "pasted" '^. ?371 *$|^. ?371 '
ui_keys C-d ; sees "cat got both lines" 'cat-0'
ui_type 'cat /dev/urandom' ; ui_keys Enter
ui_keys C-c ; ui_type 'stty sane; printf "\033c"' ; ui_keys Enter ; ui_type 'echo after-$((3 + 3))' ; ui_keys Enter
sees "the terminal lives after /dev/urandom" 'after-6' 20
check_no_match "and nothing came out of it" 'ended with' "$(ui_screen)"
for i in $(seq 1 60); do T resize-window -x $((80 + i % 7 * 9)) -y $((24 + i % 5 * 4)); done
storm=$(ui_pid)
for i in $(seq 1 1000); do kill -WINCH "$storm"; done
T resize-window -x 100 -y 40
sees "after sixty resizes and a thousand signals" 'leave the terminal'
last_row() { ui_screen | tail -1 | grep -q 'leave the terminal'; }
check "the last row is the last" wait_for 5 last_row
only_row() { [ "$(ui_screen | grep -c 'leave the terminal')" = 1 ]; }
check "and the only one of its kind" wait_for 5 only_row
ui_keys 'C-]' q 4
sees "the containers again" 'web'
engine_kill9
sees "the engine is killed: it says so" 'The engine is away'
engine_start
sees "and is back: so is the list" 'engine up' 20
no_banner() { ! ui_matches 'engine is away'; }
check "without the banner" wait_for 5 no_banner
ui_stop
finish
