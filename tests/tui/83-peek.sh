#!/bin/bash
# A look at a student's lab terminal: their screen says who looks before anything is shown, nobody can type in it, and it ends by
# itself. Two programs in two terminals, a real class and a real lab.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
. "$(dirname "$0")/classroom.bash"
classroom
teacher class enrol root --name "Ruth Root" >/dev/null
engine_start

# The teacher's own terminal, beside the student's.
T2() { env -u TMUX tmux -S "$TMP/tmux2.sock" -f "$TMP/tmux.conf" "$@"; }
mkdir "$TMP/teacher" ; chmod 777 "$TMP/teacher"
teacher_start() {
    T2 kill-server 2>/dev/null
    T2 new-session -d -x "$1" -y "$2" "exec setpriv --reuid $TEACHER --regid $TEACHER --clear-groups env HOME=$TMP/teacher XDG_CONFIG_HOME=$TMP/teacher TERM=$UI_TERM \
        LANG=C.UTF-8 SLIPWAY_HOST=unix:///nowhere ${UI_ENV[*]} '$B/slipway'"
    teacher_sees "the teacher's Slipway at $1x$2" 'Slipway'
}
teacher_matches() { T2 capture-pane -p | grep -Eq -- "$1"; }
teacher_sees() { if wait_for "${3:-8}" teacher_matches "$2"; then ok "$1"; else not_ok "$1" "wanted on the teacher's screen: $2" "$(T2 capture-pane -p)"; fi; }
teacher_keys() { T2 send-keys "$@"; }
looked_for() { teacher_keys : ; T2 send-keys -l board ; teacher_keys Enter ; teacher_sees "the board" 'STUDENT' ; teacher_keys / ; T2 send-keys -l ruth ; teacher_keys Enter ; teacher_sees "the student" '▌ Ruth Root' ; teacher_keys Enter; }
# opens_lab NAME: when the program has read which labs there are.
opens_lab() { sees "$1: home" 'Your path|The path' 15 ; ui_keys 3 ; sees "$1: the labs" 'Two namespaces and a wire' 15 ; ui_keys / ; ui_type 'Two namespaces and' ; ui_keys Enter ; sees "$1: the lab" '▌.*Two namespaces and a wire' ; ui_keys Enter ; sees "$1: its prompt" 'lab# ' 30; }
banner_gone() { ! ui_matches 'cannot type in it|nothing of this page'; }

check_match "who has no Slipway running is not seen" "Slipway's terminal UI of 61004 does not answer" "$(teacher class peek $BOB 2>&1)"
check_match "a student looks at nobody" 'a student may not ask for class.peek' "$(as $BOB class peek root 2>&1)"
ui_start 80 24
teacher_start 80 24
looked_for
teacher_sees "no lab is open" "No lab's terminal is on their screen"
sees "the student sees who looks, on any page" "61001 looks for your lab's terminal; nothing of this page is shown"
opens_lab "first"
sees "on its page the line says so" '61001 looks at this terminal and cannot type in it'
ui_type "echo hel''lo-$$; printf '\\033[31mred''-one\\n'" ; ui_keys Enter
sees "the student types" "hello-$$"
teacher_sees "the teacher sees it" "hello-$$"
teacher_sees "whose it is" 'Ruth Root, two-namespaces'
teacher_sees "and that it is read only" 'two-namespaces.* read only'
red_shown() { T2 capture-pane -p -e | grep -q $'\033\\[31mred-one'; }
check "in its colours" wait_for 5 red_shown
teacher_keys x y z Enter
ui_type "echo after''wards-$$" ; ui_keys Enter
teacher_sees "goes on" "afterwards-$$"
check_no_match "what the teacher types goes nowhere" 'xyz' "$(ui_screen)"
teacher_keys Escape ; teacher_sees "the look ends" 'STUDENT'
check "at once, and the student's screen says no more" wait_for 8 banner_gone

# --- who comes back, and another who looks
T2 kill-server
kill -9 "$(ui_pid)" ; sees "the student's Slipway is killed" 'terminal is restored'
teacher_start 120 40 ; looked_for
teacher_sees "which is seen" 'is not running|their screen|told who' 15
ui_start 120 40 ; opens_lab "again"
sees "she comes back, and knows at once" '61001 looks at this terminal' 20
ui_type "echo ba''ck-$$" ; ui_keys Enter
teacher_sees "and is seen again" "back-$$" 15
check_match "the command line prints it, too" "back-$$" "$(S class peek root 2>&1; teacher class peek root 2>&1)"
ui_keys C-] ; ui_keys 1 ; teacher_sees "another page is not shown" "No lab's terminal is on their screen"
ui_keys 3 ; teacher_sees "the lab is, again" "back-$$" ; ui_keys C-] ; sees "with its keyboard" 'the keyboard is here' ; T2 kill-server
check "a look that is not renewed is over" wait_for 14 banner_gone

# --- from the command line
setpriv --reuid $TEACHER --regid $TEACHER --clear-groups env HOME="$TMP" "$B/slipway" class peek --follow root >"$TMP/follow" 2>&1 & FOLLOW=$!
check "the command line follows" wait_for 8 grep -q "back-$$" "$TMP/follow" ; ui_type "echo fol''lowed-$$" ; ui_keys Enter
check "what changes" wait_for 8 grep -q "followed-$$" "$TMP/follow"
sees "while the screen says who looks" '61001 looks at this terminal'
kill $FOLLOW ; wait $FOLLOW 2>/dev/null
check_match "each look is in the log, which is whole" 'The chain holds' "$(teacher class audit)"
ui_stop
finish
