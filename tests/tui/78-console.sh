#!/bin/bash
# The Linux console: nothing is sent that its description does not have, nor a sign that is not in its font; eight colours, in which
# bold is bright. What tmux's pane is sent is kept byte for byte.
# shellcheck disable=SC2034
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name web -m 64m -p 127.0.0.1:18080:80 busybox sleep 100000 >/dev/null
S run -d --name db busybox sleep 100000 >/dev/null

# journey NAME [all]: through some screens or most; $TMP/NAME.sent is what the terminal was sent.
journey() {
    ui_start 120 40
    T pipe-pane -o "cat >'$TMP/$1.sent'"
    ui_keys C-l ; sees "$1: home" 'Your path'
    ui_keys 4 ; sees "$1: containers" '> |web .*busybox'
    [ -z "${2:-}" ] || many "$1"
    ui_keys '/' ; ui_type web ; ui_keys Enter ; sees "$1: one of them" '1 of 2'
    ui_keys Enter ; sees "$1: the x-ray" 'upper, writable'
    ui_keys '?' ; sees "$1: keys" 'any other key' ; ui_keys q
    ui_keys Escape Escape q ; ui_keys q q
    sees "$1: left" 'ended with 0'
    ui_stop
}
many() {
    local tab
    ui_keys n ; sees "$1: the map" 'Both ends of the wire|slt0' ; ui_keys Tab ; sees "$1: the rules" 'PREROUTING|policy' ; ui_keys Escape
    sees "$1: back from the map" 'IMAGE'
    ui_keys S ; sees "$1: figures" 'Stats|Figures' ; ui_keys Escape ; sees "$1: back from the figures" 'IMAGE'
    ui_keys i ; sees "$1: inspect" 'HostConfig' ; ui_keys Escape ; sees "$1: back from it" 'IMAGE'
    ui_keys Enter ; sees "$1: layers" 'upper, writable'
    for tab in Namespaces Cgroup Network Chains Signals Privileges Steps; do
        ui_keys Tab ; sees "$1: the x-ray's $tab" "> $tab"
    done
    ui_keys Escape ; sees "$1: and back" 'IMAGE'
    for tab in 'SIZE' 'DRIVER|MOUNTPOINT|No volumes' 'SUBNET' 'start'; do ui_keys Tab ; sees "$1: table with $tab" "$tab"; done
    ui_keys Tab ; sees "$1: containers again" 'IMAGE'
    ui_keys 2 ; sees "$1: the course" 'What a container is' ; ui_keys Enter ; sees "$1: a lesson" 'Terminal' ; ui_keys Escape
    ui_keys 3 ; sees "$1: labs" 'namespaces and a wire'
    ui_keys 5 ; sees "$1: exams" 'minutes' ; ui_keys b ; sees "$1: questions" 'QUESTION' ; ui_keys Escape
    ui_keys , ; sees "$1: settings" '[Tt]heme' ; ui_keys Escape
    ui_keys 1 F1 ; sees "$1: what it is" '.' ; ui_keys Escape
    ui_keys 4 ; sees "$1: containers at last" 'IMAGE'
}
# The status report that pace.h asks for is none of terminfo's, but of console_codes(4), as of every terminal since the VT100.
sent_is_right() { python3 "$ROOT/tests/tui/console.py" "$1" "$TMP/$2.sent" '\E[5n' '\E>' '\E[?1l' '\E[?1h' '\E='; }

UI_TERM=linux
journey auto all
check "auto: all of it is the console's" sent_is_right linux auto
for theme in dark light contrast colour-blind mono; do
    UI_ENV=("SLIPWAY_THEME=$theme")
    journey $theme >"$TMP/said" ; grep '^not ok' -A30 "$TMP/said" && FAILED=$((FAILED + 1))
    check "$theme: all of it is the console's" sent_is_right linux $theme
done
UI_ENV=()
finish
