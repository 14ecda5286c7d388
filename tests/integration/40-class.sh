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

# --- where there is none, nobody gets a school of their own by asking for the class's
for what in "status" "audit" "import $ROOT/quizzes/linux.md" "gradebook" "export $ANN $TMP/none.json"; do
    check_match "class ${what%% *} says where there is no class, and how to found one" "^slipway: this machine has no class \\(there is no $TMP/conf/class.json\\); root founds one: slipway class init TITLE\$" "$(S class $what 2>&1)"
done
check_eq "and starts none" "" "$(ls "$TMP"/*.sock "$TMP"/*.db "$TMP/.local" 2>/dev/null)"
check_match "who keeps out of every class is told so" "SLIPWAY_CLASS=none keeps you out" "$(SLIPWAY_CLASS=none S class status 2>&1)"

# --- founding it
check_rc "only root founds a class" 1 teacher class init Containers
check_match "which is said" "only root founds a class" "$(teacher class init Containers 2>&1)"
check_rc "its server does not run as root" 1 S class init --user 0 Containers
check "a class is founded" S class init --user $CLASS --dir "$TMP/class" --socket "$TMP/run/class.sock" --instructor $TEACHER "Containers I"
check_rc "once" 1 S class init --user $CLASS --dir "$TMP/class2" --socket "$TMP/run2/class.sock" Another
check_match "nobody starts its server by asking" "root starts it: slipway class serve" "$(ann class status 2>&1)"
check_rc "nor can a student serve it" 1 ann class serve
check "root can" S class serve --background
check_match "a school elsewhere is not taken for the class" "SLIPWAY_CLASS_SOCKET is $TMP/other.sock, and the class of this machine is served on $TMP/run/class.sock; unset it" "$(SLIPWAY_CLASS_SOCKET=$TMP/other.sock S class status 2>&1)"
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

# --- a term: an assignment, taken, marked
cat >"$TMP/finals.md" <<'END'
---
id: finals
title: Finals
domain: foundations
version: 1
licence: MIT
---
## one {type=single level=1 topic=t}

One?

- [x] Yes
  > y
- [ ] No
  > n

## two {type=single level=1 topic=t}

Two?

- [ ] Left
  > y
- [x] Right
  > n
END
chmod 600 "$TMP/finals.md"; chown $TEACHER "$TMP/finals.md"
check_match "a bank that only its instructor can read is imported, and kept for exams" "finals: 2 questions, kept for exams" "$(teacher class import "$TMP/finals.md" 2>&1)"
echo '{}' >"$TMP/none.json"; echo '{"one":["zz"],"two":["zz"]}' >"$TMP/odd.json"; echo '{"one":["Yes"],"two":["Left"]}' >"$TMP/now.json"; chmod 644 "$TMP"/*.json
check_match "a student does not sit it alone" "the questions of finals are kept for exams" "$(ann exam take --answers "$TMP/none.json" finals 2>&1 </dev/null)"
export TZ=Europe/Berlin
check_match "a time that the clock skips is none" "2027-03-28 02:30 does not exist here" "$(teacher class assign quiz finals --due '2027-03-28 02:30' 2>&1)"
check_match "one that comes twice has to be said" "comes twice here.*write 2027-10-31T00:30:00Z or 2027-10-31T01:30:00Z" "$(teacher class assign quiz finals --due '2027-10-31 02:30' 2>&1)"
check_match "a due date is local time" "Assignment 1" "$(teacher class assign quiz finals --title 'Final, part <1>' --due '2027-07-01 18:00' --review '2026-01-01' --count 2 --minutes 10 --blind 2>&1)"
check_match "and is shown as such" "Final, part <1> .*Thu 2027-07-01 18:00 CEST +0 of 1" "$(ann class assignments)"
check_eq "but is stored in UTC" 2027-07-01T16:00:00Z "$(ann class assignments --json | jq -r '.[0].due')"
unset TZ
echo '{"one":["Yes"],"two":["Right"]}' >"$TMP/right.json"; echo '{"one":["No"],"two":["Right"]}' >"$TMP/half.json"; chmod 644 "$TMP"/*.json
check_rc "it is taken by its number" 0 ann exam take --answers "$TMP/right.json" @1
check_rc "another one fails it" 2 bob exam take --answers "$TMP/half.json" @1
check_match "once" "allows 1 attempt, and you had it" "$(bob exam take --answers "$TMP/right.json" @1 2>&1)"
check "the power went: one more" teacher class extend 1 $BOB --attempts 1 --reason "the power went"
check_eq "the gradebook is CSV" "$ANN,$ANN,\"Lovelace, Ann\",100.00,100.00" "$(teacher class gradebook --csv | grep "^$ANN")"
check_eq "a student sees one row" 1 "$(bob class marks --csv | tail -n +2 | wc -l)"
check_match "their own" "^$BOB,.*,50.00,50.00$" "$(bob class marks --csv)"
chmod 777 "$TMP"; check "a report is written" teacher class report "$TMP/report.html"; chmod 755 "$TMP"
check_match "it holds plots" "<svg" "$(cat "$TMP/report.html")"
check_no_match "nothing from elsewhere, and no title as markup" "https?://|<script|<1>" "$(cat "$TMP/report.html")"
check "a message goes to all" teacher class message "Ten minutes" "left"
check_match "and is new" "^\* .*: Ten minutes left$" "$(ann class inbox)"
check_match "once" "^  .*: Ten minutes left$" "$(ann class inbox)"
check "one with control characters" teacher class message --to $BOB "$(printf 'a\033[2Jb\302\233c')"
check_match "is harmless" "to you: a\?\[2Jb\?\?c" "$(bob class inbox)"
check_match "the board shows who is where" "Lovelace, Ann" "$(teacher class board)"
sed -i 's/- \[x\] Right/- [ ] Right/; s/- \[ \] Left/- [x] Left/; s/version: 1/version: 2/' "$TMP/finals.md"
teacher class import "$TMP/finals.md" >/dev/null
check_match "a corrected key regrades" "50.00 % before, 0.00 % now" "$(teacher class regrade finals --reason 'the key was wrong')"
receipt=$(ann exam results 1 --json | jq -r .receipt)
check_match "the log is whole, and holds the receipt" "The chain holds" "$(teacher class audit --receipt "$receipt")"
check_match "another receipt is none of it" "no event has this receipt" "$(teacher class audit --receipt "$(printf 'f%.0s' {1..64})" 2>&1)"
check_match "a student does not audit" "a student may not ask for audit" "$(ann class audit 2>&1)"

# --- hand-made clients: what no command of ours would send
cat >"$TMP/raw.py" <<'END'
import json, os, socket, sys
os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
def ask(data):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    s.connect(sys.argv[1])
    try:
        s.send(data if isinstance(data, bytes) else json.dumps(data).encode())
    except OSError as error:
        return {"ok": False, "error": error.strerror}
    reply = s.recv(1 << 20)
    return json.loads(reply) if reply else {"ok": False, "error": "closed"}
bad = []
sql = "'; DROP TABLE event; UPDATE member SET role = 'instructor'; --"
ops = ["bank.import", "bank.items", "item.key", "practice.answer", "exam.answer", "exam.flag", "exam.finish", "exam.result", "progress.set",
       "lab.step", "lab.hint", "quiz.set", "class.enrol", "class.assign", "class.grade", "class.regrade", "class.extend", "class.message"]
fields = ["bank", "id", "attempt", "slot", "answer", "seq", "path", "text", "kind", "ref", "lab", "machine", "step", "uid", "members", "reason", "points", "quiz"]
for op in ops:
    for value in (sql, -1, 1 << 62, 1e300, None, [], {}, [[]], "x" * 200000, "\u0000", "\u202e\u009b2J", True):
        body = {field: value for field in fields}
        body["op"] = op
        reply = ask(body)
        if reply.get("ok"):
            bad.append((op, repr(value)[:40]))
    mine = dict(op=op, uid=int(sys.argv[2]), person=1, role="instructor", attempt=1, slot=1, answer=["a"], seq=9, bank="finals", id="one", flagged=True)
    reply = ask(mine) # of the other's attempt, in the other's name
    if reply.get("ok"):
        bad.append((op, "of another"))
big = ask(b'{"op":"exam.answer","attempt":1,"slot":1,"answer":["' + b"a" * (10 << 20) + b'"]}')
for data in (b"", b"\xff\xfe", b"[" * 100000, b'{"op":"exam.answer","answer":"\xc3\x28"}'):
    if data and ask(data).get("ok"):
        bad.append(data[:20])
print(bad, big.get("error", big))
END
check_match "a hand-made client gets nothing, by any request with any value, nor 10 MB into it" "^\[\] " "$(python3 "$TMP/raw.py" "$TMP/run/class.sock" $BOB)"
cat >"$TMP/greedy.py" <<'END'
import os, socket, sys
os.setuid(int(sys.argv[2])); held = []
for _ in range(300):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[1]); held.append(s)
print("held"); sys.stdout.flush(); sys.stdin.read()
END
exec 7> >(python3 "$TMP/greedy.py" "$TMP/run/class.sock" $BOB >"$TMP/greedy.out"); wait_for 10 grep -q held "$TMP/greedy.out"
check_match "one who takes all the connections takes only their own" "You are: +student" "$(ann class status 2>&1)"
exec 7>&-
check_match "after all this the log is whole" "The chain holds" "$(teacher class audit)"

# --- two sessions of one student: the second takes over, and that is in the log
check "a second attempt is allowed to Ann" teacher class extend 1 $ANN --attempts 1 --reason "to see who takes over"
check_rc "one session stops in the middle" 1 ann exam take --answers "$TMP/odd.json" @1
check_rc "another one goes on with it" 0 ann exam take --answers "$TMP/now.json" @1
install -d -o $ANN "$TMP/ann"; ann progress export "$TMP/ann/all.json" >/dev/null 2>&1
check_eq "which is logged" 1 "$(jq -s '[.. | objects | select(.kind? == "exam.resume")] | length' "$TMP/ann/all.json")"

# --- killed, it is back
killed=$(cat "$TMP/run/class.pid"); kill -9 "$killed"
check_match "kill -9 of the server is hardly noticed" "You are: +student" "$(ann class status 2>&1)"
check "it is another process" test "$(cat "$TMP/run/class.pid")" != "$killed"

finish
