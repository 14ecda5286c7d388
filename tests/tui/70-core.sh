#!/bin/bash
# The core of the UI in a real terminal: palette, filter, mouse, keys of one's own, themes, settings, the way back.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name coreweb -m 32m busybox sleep 1000 >/dev/null
S run -d --name coredb --network none busybox sleep 1000 >/dev/null
export XDG_CONFIG_HOME=$TMP/config
UI_ENV=("XDG_CONFIG_HOME=$XDG_CONFIG_HOME")
mkdir -p "$XDG_CONFIG_HOME/slipway"

# mouse BUTTON COLUMN ROW M|m: one report of the mouse, as a terminal sends it (from 1, SGR).
mouse() {
    local bytes
    read -ra bytes < <(printf '\033[<%d;%d;%d%s' "$1" "$2" "$3" "$4" | od -An -tx1 -v -w64)
    T send-keys -H "${bytes[@]}"
}
click() { mouse 0 "$1" "$2" M; mouse 0 "$1" "$2" m; }
# click_on TEXT [TIMES]: where it first stands on the screen.
click_on() {
    local row column line i
    row=$(ui_screen | grep -nF -- "$1" | head -1 | cut -d: -f1)
    [ -n "$row" ] || { not_ok "click on $1" "it is not on the screen" "$(ui_screen)"; return; }
    line=$(ui_screen | sed -n "${row}p")
    local LC_ALL=C.UTF-8 before=${line%%"$1"*}
    column=$((${#before} + 1))
    for ((i = 0; i < ${2:-1}; i++)); do click "$column" "$row"; done
}
has_not() { ! ui_matches "$1"; }
gone() { if wait_for 8 has_not "$2"; then ok "$1"; else not_ok "$1" "still on the screen: $2" "$(ui_screen)"; fi; }
colours() { T capture-pane -p -e; }
colours_match() { colours | grep -q -- "$1"; }
coloured() { if wait_for 8 colours_match "$2"; then ok "$1"; else not_ok "$1" "wanted $2" "$(colours | head -3 | cat -v)"; fi; }

ui_start 80 24
sees "home is there" 'coreweb'
ui_keys : ; sees "the palette opens" 'Find and do'
ui_type 'coredb' ; sees "it finds a container" 'container +coredb'
ui_keys Enter ; sees "and looks inside" 'coredb > Layers'
ui_keys : ; ui_type 'two name' ; sees "it finds a lab" 'lab +Two namespaces and a wire'
ui_keys Escape ; gone "Esc closes it" 'Find and do'
ui_keys : ; ui_type 'image busybox' ; ui_keys C-u ; ui_type 'busybox:latest' ; sees "an image" 'image +busybox:latest'
ui_keys Enter ; sees "opens its layers" 'busybox:latest' ; gone "in place of the palette" 'Find and do'
ui_keys : ; ui_type 'none' ; sees "a network" 'network +none' ; ui_keys Escape ; gone "closed" 'Find and do'
ui_keys C-p ; ui_type 'theme plaid' ; ui_keys Enter ; sees "a wrong argument is told with what there is" 'theme cannot be "plaid"; it is one of auto'
ui_keys : ; sees "it opens again" 'Find and do' ; ui_keys C-p ; sees "the line before comes back" ': theme plaid'
ui_keys C-u ; ui_type quit ; sees "what it does is said" 'quit : leave Slipway' ; ui_keys Escape
gone "and it is closed" 'Find and do'

ui_keys 4 ; ui_keys Escape ; sees "one step back" 'coredb > Layers' ; ui_keys Escape ; sees "two containers" '2 of 2'
ui_keys / ; ui_type 'WEB busy' ; sees "the filter takes words in any case" '1 of 2'
ui_type 'q' ; sees "letters are no keys meanwhile" 'nothing matches'
ui_keys BSpace ; ui_keys Enter ; sees "Enter keeps it" '1 of 2'
ui_keys Escape ; sees "Esc takes it away" '2 of 2'

ui_keys F1 ; sees "F1 says what is on show" 'What am I looking at: Containers'
sees "and names the manual" 'man 7 namespaces'
ui_keys x ; gone "a key closes it" 'What am I looking at'

click_on '2 Learn' ; sees "a tab is clicked" 'The course'
click_on '4 Containers' ; sees "and another" 'NAME'
click_on 'Volumes' ; sees "a table of the explorer too" 'slipway volume ls'
click_on 'Containers   Images' ; sees "and back" '2 of 2'
click_on 'coreweb' 2 ; sees "a double click opens" 'coreweb > Layers'
ui_keys Tab ; sees "the next view" 'coreweb > Namespaces'
ui_keys 5 ; sees "elsewhere" 'Take an exam'
ui_keys BSpace ; sees "Backspace leads back to what was seen, as it was" 'coreweb > Namespaces'
ui_keys M-Left ; sees "further back" '2 of 2'
ui_keys M-Right ; sees "and forward again" 'coreweb > Namespaces'
click_on 'back' ; sees "keys in the footer are clicked" '2 of 2'
click_on 'help' ; sees "the help too" 'Keys of this screen'
for _ in 1 2 3 4 5; do mouse 65 40 12 M; done ; sees "the wheel scrolls it" 'Everywhere'
click 1 5 ; gone "a click beside it closes it" 'Keys of this screen'
click_on 'coredb' ; ui_keys p ; sees "a click selects" 'coredb .*paused' ; ui_keys u ; sees "and again" 'coredb .*running'
check "the terminal's mouse is asked for" test "$(T display-message -p '#{mouse_button_flag}#{mouse_sgr_flag}')" = 11
ui_keys F12 ; sees "a key gives the mouse away" 'select text with it'
check "then it is the terminal's" test "$(T display-message -p '#{mouse_button_flag}')" = 0
ui_keys F12 ; sees "and takes it back" "Slipway's again"

ui_keys , ; sees "settings" '✓ auto'
ui_keys Enter ; sees "a choice holds at once" '✓ dark'
coloured "the dark theme has a ground of its own" '48;5;234'
check_match "it is kept" '^theme dark$' "$(cat "$XDG_CONFIG_HOME/slipway/settings")"
ui_keys j j Enter ; sees "signs from ASCII" '\+ on'
gone "and no others" '─'
ui_keys Enter ; sees "and back" '✓ off'
ui_keys j j Enter ; sees "the clock" '● +[0-2][0-9]:[0-5][0-9]'
ui_stop

ui_start 80 24
sees "the clock is there the next time" '● +[0-2][0-9]:[0-5][0-9]'
coloured "and the theme" '48;5;234'
ui_stop
UI_ENV+=(SLIPWAY_THEME=light)
ui_start 80 24 ; sees "started with a theme" 'coreweb' ; coloured "the environment goes before" '48;5;255' ; ui_stop
UI_ENV+=(NO_COLOR=1)
ui_start 80 24 ; sees "started without colours" 'coreweb'
check_no_match "NO_COLOR goes before all" '38;5|48;5|\[[34][0-7]m' "$(colours)"
ui_stop

printf 'containers.logs s\nmove.down n Down\n' >"$XDG_CONFIG_HOME/slipway/keys"
UI_ENV=("XDG_CONFIG_HOME=$XDG_CONFIG_HOME")
ui_start 120 40
sees "keys of one's own in the footer" 'n k choose'
ui_keys 4 ; sees "and of this screen" 's logs'
ui_keys s ; sees "they do what they say" 'Logs of core'
ui_stop
printf '\ncontainers.lgos s\ncontainers.stop Ctrl-M\n' >"$XDG_CONFIG_HOME/slipway/keys"
ui_start 120 40
sees "what is wrong is told with file and line, and it starts" 'XDG_CONFIG_HOME/slipway/keys:2: containers.lgos: there is no such action \(and 1 more\)'
ui_keys 4 ; ui_keys Enter ; sees "Enter stays Enter" '> Layers'
ui_stop

rm "$XDG_CONFIG_HOME/slipway/keys"
ui_start 80 24
ui_keys : ; ui_type 'two namespaces' ; ui_keys Enter
sees "a lab, the instruction at the left" '^╭─ Step 1 of 4 .*╭─ Sandbox' 20
ui_keys 'C-]' ; sees "its keys" 'x places' ; ui_keys x
sees "other places: the terminal at the left" '^╭─ Sandbox .*╭─ Step 1 of 4'
ui_keys '>' '>' '>' ; sees "and wider" '^╭─ Sandbox .{45,}╭─ Step 1 of 4'
ui_keys + + ; sees "a higher picture" 'Network, live'
ui_keys z z z ; sees "the instruction alone" '^╭─ Step 1 of 4 ─+╮$' ; ui_keys z
sees "everything again" '^╭─ Sandbox .{45,}╭─ Step 1 of 4'
click_on 'Ctrl-] types here' ; sees "a click gives the terminal the keyboard" 'the keyboard is here'
ui_type 'echo wheel-$((40 + 2))' ; ui_keys Enter ; sees "which is typed into" 'wheel-42'
click_on 'Step 1 of 4' ; sees "and a click beside it takes it back" 'types here'
check_match "places and borders are kept" '^lab 1 -8 4$' "$(cat "$XDG_CONFIG_HOME/slipway/layout")"
ui_keys '=' ; sees "and as they were" '^╭─ Step 1 of 4 .*╭─ Sandbox'
ui_stop
finish
