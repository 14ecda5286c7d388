#!/bin/bash
# A recorded session: an asciicast v2 file that, played, shows what was seen; the terminal is given back.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name taped busybox sleep 1000 >/dev/null
CAST=$TMP/session.cast

# record: the UI in a terminal, recorded.
record() {
    : >"$TMP/trace"
    T new-session -d -x 80 -y 24 "stty -g >'$TMP/stty.before'; env TERM=$UI_TERM LANG=C.UTF-8 SLIPWAY_TUI_TRACE='$TMP/trace' '$B/slipway' --record '$1'; \
        echo \"ended with \$?\"; stty -g >'$TMP/stty.after'; exec sleep 600"
}
record "$CAST"
sees "the UI comes as always" 'Your path'
ui_keys 4
sees "and takes keys" 'taped'
T resize-window -x 100 -y 30
wide() { [ "$(head -c 100000 "$CAST" | grep -c '"r","100x30"')" = 1 ]; }
check "a new size is recorded" wait_for 5 wide
sees "and drawn" 'taped .*busybox'
ui_keys Enter
sees "the x-ray" 'efficiency'
# Rows are drawn from the top: with this one, the last, all that is compared is there. A screen may be looked at in mid frame.
sees "to its last row" 'upper layer is empty'
SEEN=$(ui_screen | grep -E 'efficiency|lower|upper')
ui_keys Escape ; sees "back" 'taped .*busybox'
ui_keys q
sees "it ends, and says where the recording is" "session is in $CAST"
sees "with the UI's code" 'ended with 0'
wait_for 3 test -s "$TMP/stty.after"
check_eq "the terminal is as before" "$(cat "$TMP/stty.before")" "$(cat "$TMP/stty.after")"

# A parser of the format: it prints all output up to what matches (where the recording cuts the output is chance).
cat >"$TMP/cast.py" <<'END'
import json, re, sys
lines = open(sys.argv[1], encoding="utf-8").read().split("\n")
assert lines.pop() == "", "the last line is not ended"
head = json.loads(lines[0])
assert head["version"] == 2 and (head["width"], head["height"]) == (80, 24), head
assert isinstance(head["timestamp"], int) and head["env"]["TERM"], head
before = 0
played = ""
for line in lines[1:]:
    when, kind, data = json.loads(line)
    assert isinstance(when, float) and when >= before, line
    assert kind in ("o", "r") and isinstance(data, str) and data and "\ufffd" not in data, line
    before = when
    if kind == "o" and len(sys.argv) > 2:
        sys.stdout.write(data)
        sys.stdout.flush()
        played += data
        if re.search(sys.argv[2], played, re.DOTALL):
            break
END
check "every line is asciicast v2" python3 "$TMP/cast.py" "$CAST"
ui_stop
rm -f "$TMP/tmux.sock"
T new-session -d -x 100 -y 30 "env PYTHONIOENCODING=utf-8 python3 '$TMP/cast.py' '$CAST' 'efficiency.*empty'; exec sleep 600"
sees "played, it shows what was seen" 'upper layer is empty'
check_eq "to the letter" "$SEEN" "$(ui_screen | grep -E 'efficiency|lower|upper')"
ui_stop
rm -f "$TMP/tmux.sock"

# ^Z stops both, and fg goes on
T new-session -d -x 80 -y 24 "env TERM=$UI_TERM LANG=C.UTF-8 PS1='$ ' bash --norc -i"
sees "a shell with job control" '^[$]'
ui_type "$B/slipway --record $TMP/stopped.cast" ; ui_keys Enter
sees "^Z: up" 'Your path'
ui_keys C-z
sees "^Z: stopped, the shell is back" 'Stopped'
check "^Z: and the screen with it" eval '! ui_matches "Your path"'
ui_type fg ; ui_keys Enter
sees "fg: up again, drawn anew" 'Your path'
ui_keys q ; sees "and left" 'session is in'
check "the recording goes through it" python3 "$TMP/cast.py" "$TMP/stopped.cast"
ui_stop
rm -f "$TMP/tmux.sock"

# What is wrong
check_match "no terminal" 'needs a terminal' "$(S --record "$TMP/x" </dev/null 2>&1)"
check_rc "not with a script" 125 S --record "$TMP/x" --script "$TMP/y"
check_rc "not with a command" 125 S --record "$TMP/x" ps
record "$TMP/no/such/folder.cast"
sees "a file that cannot be made" 'No such file'
sees "is an error, before anything is drawn" 'ended with 1'
ui_stop
rm -f "$TMP/tmux.sock"

# Ended from outside
record "$TMP/term.cast"
sees "once more" 'Your path'
kill -TERM "$(pgrep -P "$(pgrep -P "$(T display-message -p '#{pane_pid}')" -x slipway)" -x slipway)"
sees "SIGTERM ends both" 'session is in'
check "and what there is, is whole" python3 "$TMP/cast.py" "$TMP/term.cast"
ui_stop
finish
