#!/bin/bash
# A class on one shared machine: its own user, its roster, and users who are no more than numbers here. No engine is needed.
. "$(dirname "$0")/../lib.sh"
unset SLIPWAY_CLASS_SOCKET SLIPWAY_CLASS_DB
export SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json HOME=$TMP
chmod 755 "$TMP"
CLASS=61000 TEACHER=61001 GRADER=61002 ANN=61003 BOB=61004 STRANGER=61009
as() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"; }
teacher() { as $TEACHER "$B/slipway" "$@"; }
ann() { as $ANN "$B/slipway" "$@"; }
bob() { as $BOB "$B/slipway" "$@"; }

# --- founding it
check_rc "only root founds a class" 1 teacher class init Containers
check_match "which is said" "only root founds a class" "$(teacher class init Containers 2>&1)"
check_rc "its server does not run as root" 1 S class init --user 0 Containers
check "a class is founded" S class init --user $CLASS --dir "$TMP/class" --socket "$TMP/run/class.sock" --instructor $TEACHER "Containers I"
check_rc "once" 1 S class init --user $CLASS --dir "$TMP/class2" --socket "$TMP/run2/class.sock" Another
check_match "nobody starts its server by asking" "root starts it: slipway class serve" "$(ann class status 2>&1)"
check_rc "nor can a student serve it" 1 ann class serve
check "root can" S class serve --background
check_eq "the server is no longer root" $CLASS "$(stat -c %u "/proc/$(cat "$TMP/run/class.pid")/root/../exe" 2>/dev/null || awk '/^Uid/ {print $2}' "/proc/$(cat "$TMP/run/class.pid")/status")"
check_eq "it has no capability left" 0000000000000000 "$(awk '/^CapPrm/ {print $2}' "/proc/$(cat "$TMP/run/class.pid")/status")"
check_eq "its database is its own" "600 $CLASS" "$(stat -c '%a %u' "$TMP/class/class.db")"
check_eq "in a directory of its own" "700 $CLASS" "$(stat -c '%a %u' "$TMP/class")"

# --- the roster
check_match "who is on no roster is told so" "user $STRANGER .* is on no roster of the class \"Containers I\"; ask its instructor" "$(as $STRANGER "$B/slipway" class status 2>&1)"
printf 'user,role,name,extra\n%s,student,"Lovelace, Ann",25\n%s,student,Bob,\n# a remark\n%s,grader,"Grace ""G"" Hopper"\n' $ANN $BOB $GRADER >"$TMP/roster.csv"
check "a roster comes by CSV" teacher class enrol --csv "$TMP/roster.csv"
check_match "with names as they are" "^$ANN +$ANN +student +25 % +Lovelace, Ann$" "$(teacher class roster)"
check_eq "and goes back to CSV" "$ANN,student,\"Lovelace, Ann\",25" "$(teacher class roster --csv | grep "^$ANN")"
echo "$((ANN + 50)),student" >"$TMP/bad.csv"; echo "nobody-of-this-name,student" >>"$TMP/bad.csv"
check_match "a roster that is wrong is named by line" "bad.csv:2: there is no user \"nobody-of-this-name\"" "$(teacher class enrol --csv "$TMP/bad.csv" 2>&1)"
check_no_match "and nothing of it is taken" "$((ANN + 50))" "$(teacher class roster)"
group=$(getent passwd daemon | cut -d: -f4 | xargs getent group | cut -d: -f1)
check "a roster comes by Unix group" teacher class enrol --group "$group" --role student
check_match "with those whose first group it is" " daemon +student" "$(teacher class roster)"
check "and goes" teacher class remove daemon
check_match "a student does not see the roster" "a student may not ask for class.roster" "$(ann class roster 2>&1)"
check_match "nor enrol" "a student may not ask for class.enrol; the class's instructors may" "$(bob class enrol $STRANGER 2>&1)"
check_match "status says what one is" "You are: +student" "$(ann class status)"

# --- a class of one's own is not in the way
check_match "SLIPWAY_CLASS=none is the way out" "containers-basics" "$(as $STRANGER env SLIPWAY_CLASS=none SLIPWAY_CLASS_SOCKET=/tmp/$TEST-$$.sock SLIPWAY_CLASS_DB=/tmp/$TEST-$$/own.db "$B/slipway" exam list 2>&1)"
[ -f "/tmp/$TEST-$$.pid" ] && kill "$(cat "/tmp/$TEST-$$.pid")"; rm -rf "/tmp/$TEST-$$"

# --- what a student cannot do outside the protocol
check_rc "a student cannot read the database" 1 as $ANN cat "$TMP/class/class.db"
check_rc "nor the server's memory" 1 as $ANN dd if="/proc/$(cat "$TMP/run/class.pid")/mem" of=/dev/null bs=1 count=1
check_rc "the class's user itself cannot, with a debugger" 1 as $CLASS cat "/proc/$(cat "$TMP/run/class.pid")/environ"
check_rc "nor signal it" 1 as $ANN kill -0 "$(cat "$TMP/run/class.pid")"
check_rc "nor put a socket in its place" 1 as $ANN ln -sf /tmp/x "$TMP/run/class.sock"
mkdir "$TMP/fake"; ln -s "$TMP/conf/class.json" "$TMP/fake/class.json"
check_match "a configuration that is a link is not believed" "no class|not to be believed" "$(SLIPWAY_CLASS_CONFIG=$TMP/fake/class.json S class serve 2>&1)"

# --- killed, it is back
killed=$(cat "$TMP/run/class.pid"); kill -9 "$killed"
check_match "kill -9 of the server is hardly noticed" "You are: +student" "$(ann class status 2>&1)"
check "it is another process" test "$(cat "$TMP/run/class.pid")" != "$killed"

kill "$(cat "$TMP/run/class.pid")"
finish
