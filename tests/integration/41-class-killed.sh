#!/bin/bash
# A class sits an exam while its server is killed at random: nothing that was acknowledged is lost or stored twice, and the log is
# whole. 20 students and 8 kills; `make class-test` has 200 and 100 (STUDENTS, KILLS).
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
. "$ROOT/tests/class/world.sh"
STUDENTS=${STUDENTS:-20} KILLS=${KILLS:-8}
server() { cat "$TMP/run/class.pid" 2>/dev/null; }
class_world "$STUDENTS" 20 1 && ok "a class of $STUDENTS" || not_ok "a class of $STUDENTS"
"$TMP/students" "$TMP/run/class.sock" 62001 "$STUDENTS" 20 0 20 1 "$TMP/sent" "$TMP/stop" >"$TMP/figures" 2>"$TMP/errors" &
students=$!
answered() { [ "$(sqlite3 -readonly "$TMP/class/class.db" "SELECT count(*) > $1 FROM event WHERE kind = 'exam.answer'" 2>/dev/null || python3 -c "
import sqlite3; print(int(sqlite3.connect('$TMP/class/class.db').execute(\"SELECT count(*) > $1 FROM event WHERE kind = 'exam.answer'\").fetchone()[0]))")" = 1 ]; }
wait_for 30 answered "$STUDENTS"
killed=0
for _ in $(seq "$KILLS"); do
    sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
    pid=$(server)
    kill -9 "$pid" && killed=$((killed + 1))
    wait_for 10 eval '[ -n "$(server)" ] && [ "$(server)" != "$pid" ]'
done
touch "$TMP/stop"
wait "$students"; check_eq "every student finishes" 0 $?
check_eq "the server was killed as often as meant" "$KILLS" "$killed"
check "nothing that was acknowledged is lost or doubled" class_compare "$TMP/class/class.db" "$TMP/sent"
echo "# $(class_compare "$TMP/class/class.db" "$TMP/sent"); $killed kills; answers, seconds, a second, median ms, 99 % ms: $(cat "$TMP/figures")"
check_match "the log is whole" "The chain holds" "$(S class audit 2>&1)"
check_eq "every student has a mark" "$STUDENTS" "$(S class gradebook --csv | tail -n +2 | grep -c ',[0-9.]*[0-9],[0-9.]*[0-9]$')"
[ -s "$TMP/errors" ] && head -5 "$TMP/errors"
finish
