# Drives the real UI in tmux; sourced by the tests of this folder after tests/lib.sh. Nothing sleeps for luck: `sees` waits until the
# screen shows what is wanted.
# shellcheck shell=bash

command -v tmux >/dev/null || { echo "skip - $TEST: no tmux"; exit 0; }
printf 'set -g status off\nset -g escape-time 5\nset -g remain-on-exit on\n' >"$TMP/tmux.conf"
UI_TERM=screen-256color
UI_ENV=()
T() { env -u TMUX tmux -S "$TMP/tmux.sock" -f "$TMP/tmux.conf" "$@"; }

# ui_start COLUMNS ROWS: the UI alone in a terminal of this size. A shell around it says how it ended.
ui_start() {
    T kill-server 2>/dev/null
    rm -f "$TMP/tmux.sock"
    : >"$TMP/trace"
    T new-session -d -x "$1" -y "$2" "stty -g >'$TMP/stty.before'; env TERM=$UI_TERM LANG=C.UTF-8 SLIPWAY_TUI_TRACE='$TMP/trace' ${UI_ENV[*]} '$B/slipway'; \
        echo \"ended with \$?\"; stty -g >'$TMP/stty.after'; exec sleep 600"
    wait_for 10 grep -q frame "$TMP/trace"
}
ui_screen() { T capture-pane -p; }
ui_keys() { T send-keys "$@"; }
ui_type() { T send-keys -l "$1"; }
ui_matches() { ui_screen | grep -Eq -- "$1"; }
ui_pid() { pgrep -P "$(pgrep -P "$(T display-message -p '#{pane_pid}')" -x slipway)" -x slipway; }
ui_stop() { T kill-server 2>/dev/null; return 0; }
at_exit ui_stop

# sees NAME REGEX [SECONDS]: the screen comes to show it.
sees() {
    if wait_for "${3:-8}" ui_matches "$2"; then ok "$1"; else not_ok "$1" "wanted on the screen: $2" "$(ui_screen)"; fi
}
