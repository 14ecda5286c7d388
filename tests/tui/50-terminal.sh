#!/bin/bash
# The person's terminal: taken and given back in every way that the UI can end; sizes, TERMs, NO_COLOR, ASCII; a flood in the pane.
# shellcheck disable=SC2034
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
same_stty() { cmp -s "$TMP/stty.before" "$TMP/stty.after"; }

for signal in TERM HUP SEGV KILL; do
    ui_start 80 24
    sees "$signal: the UI is up" 'Your path'
    kill -"$signal" "$(ui_pid)"
    sees "$signal: it ends" 'ended with [0-9]+'
    check "$signal: the terminal is as before" wait_for 3 same_stty
    check_eq "$signal: the cursor is visible, the alternate screen left" "1 0" "$(T display-message -p '#{cursor_flag} #{alternate_on}')"
done
ui_start 80 24
sees "q: up" 'Your path'
ui_keys q
sees "q ends with 0" 'ended with 0'

UI_ENV=(NO_COLOR=1); ui_start 80 24
sees "NO_COLOR: up" 'Your path'
check_no_match "NO_COLOR: not one colour" $'\033\\[[0-9;]*(3[0-7]|4[0-7]|38|48)[;m]' "$(T capture-pane -pe)"
UI_ENV=(LC_ALL=C); ui_start 80 24
sees "ASCII: plus and minus for frames" '\+- Your path'
check_eq "ASCII: nothing else" "" "$(ui_screen | LC_ALL=C tr -d '\n -~')"
UI_ENV=()
for term in screen-256color xterm-256color tmux-256color vt100 linux no-such-terminal; do
    UI_TERM=$term ui_start 80 24
    sees "TERM=$term" 'Your path'
done
UI_TERM=screen-256color

ui_stop
rm -f "$TMP/tmux.sock"
T new-session -d -x 80 -y 24 "env TERM=$UI_TERM LANG=C.UTF-8 PS1='$ ' bash --norc -i"
sees "a shell with job control" '^[$]'
ui_type "$B/slipway" ; ui_keys Enter
sees "^Z: up" 'Your path'
ui_keys C-z
sees "^Z: stopped, the shell is back" 'Stopped'
ui_type fg ; ui_keys Enter
sees "fg: up again, drawn anew" 'Your path'
ui_keys q ; ui_type "echo left-\$?" ; ui_keys Enter
sees "and left" 'left-0'

ui_start 80 24
T resize-window -x 60 -y 20
sees "60x20 is told too small" 'needs 80x24'
T resize-window -x 120 -y 40
sees "and back" 'Your path'
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do T resize-window -x $((40 + i * 5)) -y $((10 + i)); done
T resize-window -x 100 -y 30
sees "a storm of resizes" 'Containers now'
last_row() { ui_screen | tail -1 | grep -q quit; }
check "fills the last row" wait_for 5 last_row

ui_keys 2
sees "the course" 'What a container is'
ui_keys Enter
sees "a lesson" 'Terminal'
ui_keys 'C-]'
sees "its terminal" 'the keyboard is here'
ui_type 'tput cols; echo $TERM; echo $DOCKER_HOST' ; ui_keys Enter
sees "TERM inside" '^.*screen-256color'
sees "DOCKER_HOST inside" "unix://$SOCK"
ui_type 'printf "\033]0;evil\007\033]52;c;ZXZpbA==\007"; yes' ; ui_keys Enter
sees "a flood" '^.*y *│?'
ui_keys C-c
sees "Ctrl-C ends it" '\^C' 5
check_no_match "no title got out" evil "$(T display-message -p '#{pane_title}')"
ui_keys C-l ; ui_type 'echo alive-$((1 + 1))' ; ui_keys Enter
sees "and the shell lives" 'alive-2'
ui_stop
finish
