#!/bin/bash
# `run -it` in a real terminal, by our client and by Docker's own: size, resize, Ctrl-P Ctrl-Q, attach again, exit code, and the terminal as it was.
. "$(dirname "$0")/../lib.sh"
command -v tmux >/dev/null || { skip "everything" "no tmux"; finish; }
engine_start
check "an image is there" wait_for 10 sh -c "'$B/slipway' images -q busybox | grep -q ."
check_eq "the socket is for root and its group only" "660" "$(stat -c %a "$SOCK")"

T() { env -u TMUX tmux -S "$TMP/tmux.sock" -f /dev/null "$@"; }
screen() { T capture-pane -p; }
shows() { screen | grep -Eq -- "$1"; }
sees() { if wait_for 8 shows "$2"; then ok "$1"; else not_ok "$1" "wanted: $2" "$(screen)"; fi; }
line() { T send-keys -l "$1"; T send-keys Enter; }

# CLIENT PROGRAM
interactive() {
    local c=$1 program=$2 name=it-$1
    T new-session -d -x 80 -y 24 "stty -g >$TMP/before; $program run -it --name $name busybox sh; echo \"left with \$?\"; stty -g >$TMP/after; exec sh"
    T set-option -g window-size manual
    sees "$c: a prompt" '^/ #'
    line 'echo size $(stty size)'; sees "$c: the size is the terminal's" '^size 24 80'
    T resize-window -x 100 -y 30
    line 'until stty size | grep "30 100"; do sleep 0.1; done'; sees "$c: and follows it" '^30 100'
    line 'tty; echo $((6 * 7))'; sees "$c: it is a real terminal" '^/dev/pts/0'
    T send-keys C-p C-q
    sees "$c: Ctrl-P Ctrl-Q leaves" 'left with 0|read escape sequence'
    check_eq "$c: and the container goes on" true "$($program inspect -f '{{.State.Running}}' "$name")"
    wait_for 5 test -s "$TMP/after"
    check_eq "$c: the terminal is as it was" "$(cat "$TMP/before")" "$(cat "$TMP/after")"
    line "clear; $program attach $name; echo \"attach left with \$?\""
    attached() { T send-keys Enter; shows '^/ # *$'; }
    wait_for 8 attached
    line 'echo again $((6 * 7))'; sees "$c: attach comes back" '^again 42'
    line 'exit 7'
    sees "$c: with the exit code of the shell" 'attach left with 7'
    T kill-server
    rm -f "$TMP/before" "$TMP/after"
}

# A client in the background stops before it changes the terminal, as any program does; what ends it must not stop it again.
cat >"$TMP/background" <<'END'
set -m
slipway exec -it back sh &
await() { for _ in $(seq 600); do eval "$1" && break; sleep 0.05; done; }
await 'grep -q "^State:.T" /proc/$!/status && echo stopped'
kill $!; kill -CONT $!
await '! grep -qs "^State:.[^Z]" /proc/$!/status && echo ended'
END
background() {
    local seen
    S run -d --name back busybox sleep 1000 >/dev/null
    seen=$(timeout -k 5 60 script -qfc "exec bash $TMP/background" /dev/null </dev/null | tr -d '\r')
    check_match "in the background it stops" '^stopped$' "$seen"
    check_match "and a signal ends it there" '^ended$' "$seen"
    S rm -f back >/dev/null
}

background
interactive slipway "$B/slipway"
if have_docker; then interactive docker "$REAL_DOCKER"; else skip "docker" "not installed"; fi
finish
