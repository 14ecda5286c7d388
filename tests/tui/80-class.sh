#!/bin/bash
# The class in the UI: a message shows on the student's screen, and the board on the instructor's.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
unset SLIPWAY_CLASS_SOCKET SLIPWAY_CLASS_DB
export SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json
UI_ENV=("SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json")
chmod 755 "$TMP"
TEACHER=61001
teacher() { setpriv --reuid $TEACHER --regid $TEACHER --clear-groups env HOME="$TMP" "$B/slipway" "$@"; }
S class init --user 61000 --dir "$TMP/class" --socket "$TMP/run/class.sock" --instructor $TEACHER "Containers I" >/dev/null
S class serve --background
teacher class enrol 0 --name "Root, a student" >/dev/null
engine_start

ui_start 80 24
teacher class message "$(printf 'Ten minutes left\033[2J')"
sees "a message shows on the student's screen, and does it no harm" "61001: Ten minutes left\?\[2J" 30
ui_keys : ; ui_type board ; ui_keys Enter
sees "a student asks in vain for the board" 'a student may not ask for class.board'
ui_stop
teacher class enrol 0 --role instructor >/dev/null
teacher class enrol 61005 --name "Lovelace, Ann" >/dev/null
setpriv --reuid 61005 --regid 61005 --clear-groups "$B/slipway" class status >/dev/null
for size in "80 24" "120 40"; do
    # shellcheck disable=SC2086
    ui_start $size
    ui_keys : ; ui_type board ; ui_keys Enter
    sees "the board at $size" 'STUDENT .*WHERE .*STUCK +SEEN +HINTS +COURSE'
    sees "with everybody" 'Lovelace, Ann .* -'
    ui_stop
done
finish
