#!/bin/bash
# Free text in a class, from the bank file to the course mark: handed in, marked by its rubric, by two and blind, settled, seen by the
# student when it may be, and counted in the statistics; and a key corrected afterwards. No engine is needed.
. "$(dirname "$0")/../lib.sh"
unset SLIPWAY_CLASS_SOCKET SLIPWAY_CLASS_DB
export SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json HOME=$TMP
chmod 755 "$TMP"
CLASS=61100 TEACHER=61101 GRACE=61102 GUS=61103 ANN=61104 BOB=61105
as() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups "$B/slipway" "$@"; }
S class init --user $CLASS --dir "$TMP/class" --socket "$TMP/run/class.sock" --instructor $TEACHER Words >/dev/null
S class serve --background
as $TEACHER class enrol $ANN $BOB >/dev/null; as $TEACHER class enrol --role grader $GRACE $GUS >/dev/null
cat >"$TMP/words.md" <<'END'
---
id: words
title: Words
domain: foundations
version: 1
licence: MIT
---
## why {type=essay level=2 topic=K05 objective=pid-init man="7 pid_namespaces"}

Why does PID 1 ignore SIGTERM?

```rubric
2: names the default action that PID 1 does not get
3: says that only a handler helps
1: is well written
```

## which {type=single level=1 topic=K05 objective=pid-init}

Which signal cannot be caught?

- [x] SIGTERM
  > y
- [ ] SIGKILL
  > n
END
chmod 644 "$TMP/words.md"
as $TEACHER class import "$TMP/words.md" >/dev/null
echo '{"title":"In words","draw":[{"bank":"words","count":2}],"seconds":600,"attempts":2,"password":"sesame"}' >"$TMP/quiz.json"; chmod 644 "$TMP/quiz.json"
as $TEACHER quiz set in-words "$TMP/quiz.json" >/dev/null
check_match "a quiz is sat as it was set to the class, not before" "is not set to the class" "$(as $ANN exam take --answers "$TMP/quiz.json" --quiz in-words 2>&1)"
check_match "it is set by its name" "Assignment 1" "$(as $TEACHER class assign quiz in-words --due 2099-01-01 --review 2020-01-01 --attempts 1 --graders 2 --blind)"
check_match "with what it has of its own, and what the assignment has" "In words .* 0 of 1" "$(as $ANN class assignments)"
check_match "and is not taken away meanwhile" "is set as assignment 1" "$(as $TEACHER quiz remove in-words 2>&1)"
give() { jq -n --arg why "$2" --arg which "$3" '{why: $why, which: [$which]}' >"$TMP/given.json"; chmod 644 "$TMP/given.json"; as "$1" exam take --answers "$TMP/given.json" --password sesame @1; }
give $ANN "$(printf 'The kernel gives PID 1 no default action.\nOnly a handler helps.')" SIGTERM >/dev/null
check_match "a control character in an answer is refused, and named" "control character 0x1b at byte 9" "$(give $BOB "$(printf 'Because \033[2J it sleeps.')" SIGKILL 2>&1)"
check_match "also one above the first 128" "control character 0x9b at byte 9" "$(give $BOB "$(printf 'Because \302\2332J it sleeps.')" SIGKILL 2>&1)"
give $BOB "Because it sleeps." SIGKILL >/dev/null
slot() { as $GRACE class queue --json | jq -r --argjson a "$1" '.[] | select(.attempt == $a) | .slot'; }
A=$(slot 1) C=$(slot 2)

# --- what graders see
check_match "what is written waits for a grader" "^attempt 1 slot $A +\(blind\), In words, why" "$(as $GRACE class queue)"
check_match "with the rubric's criteria" "2\. 3: says that only a handler helps" "$(as $GRACE class queue)"
check_no_match "and not whose it is" "$ANN" "$(as $GRACE class queue --json)"
check_match "the gradebook says that it waits before anybody has marked it" "^$BOB .*[0-9]\*" "$(as $TEACHER class gradebook)"
check_match "the student is told that it waits" '"pending": true' "$(as $ANN exam results 1 --json)"

# --- marks
check_match "a criterion takes what the rubric gives it" 'criterion 1, "names the default action .*", takes 0 to 2 points' "$(as $GRACE class grade 1 "$A" 3,3,0 2>&1)"
check_match "each has to be marked" "the rubric has 3 criteria, and 2 were marked" "$(as $GRACE class grade 1 "$A" 2,3 2>&1)"
check_match "and not all at once" "give points for each of them" "$(as $GRACE class grade 1 "$A" 5/6 2>&1)"
check_match "points are numbers" "are no points" "$(as $GRACE class grade 1 "$A" 2,x,1 2>&1)"
check_match "their sum is the mark" "attempt 1 slot $A: 5.5 of 6 points" "$(as $GRACE class grade 1 "$A" 2,3,0.5 --comment 'Short and right.')"
check_no_match "it does not wait for the same grader again" "attempt 1" "$(as $GRACE class queue)"
check_match "a comment that a terminal would obey is refused" "the comment holds the control character 0x9b at byte 2" "$(as $GRACE class grade 1 "$A" 2,3,0.5 --comment "$(printf 'a\302\2332J')" 2>&1)"
check_match "the second sees that there is one" "^attempt 1 slot $A .*, 1 of 2 marks given" "$(as $GUS class queue)"
check_no_match "the second does not see the first mark" "5\.5|Short and right" "$(as $GUS class queue --json)"
check_match "nor what others differ in" "shown to instructors alone" "$(as $GUS class queue --disputed 2>&1)"
as $GUS class grade 1 "$A" 2,3,1 >/dev/null
check_match "two are enough" "has its marks; an instructor may settle it" "$(as $TEACHER class grade 1 "$A" 0,0,0 2>&1)"
check_match "a student does not mark" "a student may not ask for class.grade" "$(as $ANN class grade 1 "$A" 2,3,1 2>&1)"
as $GRACE class grade 2 "$C" 0,0,1 >/dev/null
check_match "half of two marks is not all" '"pending": true' "$(as $BOB exam results 2 --json)"
check_match "the gradebook says how much waits" "^$BOB .*8\.33\*" "$(as $TEACHER class gradebook)"
as $GUS class grade 2 "$C" 2,3,1 --comment 'I like it.' >/dev/null
# Ann: (5.5 + 6) / 12 of one point and the other whole; Bob: (1 + 6) / 12 and none.
check_eq "the mean of two graders counts in the course" "$ANN 97.92
$BOB 29.17" "$(as $TEACHER class gradebook --csv | awk -F, '/^611/ {print $1, $4}')"
check_match "marks too far apart are listed, with whose they are" "= 6 of 6 by $GUS \[2.0, 3.0, 1.0\]: I like it" "$(as $TEACHER class queue --disputed)"
check_no_match "those that are close are not" "attempt 1" "$(as $TEACHER class queue --disputed)"
check_match "a grader does not settle" "may not ask for class.settle" "$(as $GUS class settle 2 "$C" 0,1,1 --comment x 2>&1)"
check_match "nor is it done without a word" 'needs a "comment"' "$(as $TEACHER class settle 2 "$C" 0,1,1 2>&1)"
check "an instructor settles" as $TEACHER class settle 2 "$C" 0,1,1 --comment 'A handler is meant.'
check_eq "and that mark counts alone" "$BOB 16.67" "$(as $TEACHER class gradebook --csv | awk -F, '/^61105/ {print $1, $4}')"
check_match "nothing is disputed any more" "No marks are too far apart" "$(as $TEACHER class queue --disputed)"

# --- the student
result() { as $ANN exam results 1 --json; }
check_eq "the student's result has it" 1.958 "$(result | jq .score)"
check_eq "with each criterion" '[2,3,0.5]' "$(result | jq -c '.items[] | select(.id == "why").graded.marks[0].criteria | map(.points)')"
check_match "and the comment" "Short and right" "$(as $ANN exam results 1)"
check_no_match "by nobody" "$GRACE" "$(result)"
check_match "the manual page to read comes with it" 'manual: man 7 pid_namespaces' "$(as $ANN exam results 1)"

# --- statistics, and a key that was wrong
figures() { as $TEACHER exam statistics words --json | jq -c --arg id "$1" ".items[] | select(.id == \$id) | $2"; }
check_eq "the free text is in the item statistics" 646 "$(figures why '.facility * 1000 | round')"
check_eq "so is the other" 0.5 "$(figures which .facility)"
sed -i 's/- \[x\] SIGTERM/- [ ] SIGTERM/; s/- \[ \] SIGKILL/- [x] SIGKILL/; s/version: 1/version: 2/' "$TMP/words.md"
as $TEACHER class import "$TMP/words.md" >/dev/null
check_match "a corrected key regrades" "attempt 1: 97.92 % before, 47.92 % now" "$(as $TEACHER class regrade words --reason 'SIGKILL it is')"
check_eq "what was marked by hand stays" "$ANN 47.92
$BOB 66.67" "$(as $TEACHER class gradebook --csv | awk -F, '/^611/ {print $1, $4}')"
check_eq "the student sees the mark that counts" 0.958 "$(result | jq .score)"
check_eq "by the corrected key" false "$(result | jq '.items[] | select(.id == "which").right')"
check_eq "the statistics follow, distractors too" '[["SIGKILL",true,1,0.667],["SIGTERM",false,1,0.479]]' \
    "$(figures which '[.options[] | [.text, .key, .count, (.mean * 1000 | round / 1000)]] | sort')"
check_match "regrading again changes nothing" "No ended attempt" "$(as $TEACHER class regrade words --reason twice)"

# --- a student leaves, and wants to be forgotten
chmod 777 "$TMP"
check_match "not without a reason" "needs --reason" "$(as $TEACHER class erase $BOB "$TMP/bob.json" 2>&1)"
check_match "nor by a student" "may not ask for class.export" "$(as $ANN class erase --reason x $BOB "$TMP/bob.json" 2>&1)"
check_match "staff is not erased" "is no student of this class" "$(as $TEACHER class erase --reason x $GUS "$TMP/gus.json" 2>&1)"
echo precious >"$TMP/old.json"; chmod 666 "$TMP/old.json"; ln -s old.json "$TMP/link.json"
for what in "erase --reason x" export; do for file in old link; do
    check_match "class ${what%% *} writes over no $file.json" "$file.json is there, and is not written over; name another file" "$(as $TEACHER class $what $BOB "$TMP/$file.json" 2>&1)"
done; done
check_eq "which stay what they were" precious "$(cat "$TMP/link.json")"
check_match "and nobody is erased" "$BOB" "$(as $TEACHER class roster)"
check_match "what is kept of a student is written down first" "is in $TMP/bob.json" "$(as $TEACHER class erase --reason 'asked for it' $BOB "$TMP/bob.json")"
chmod 755 "$TMP"
check_eq "for the instructor alone" 600 "$(stat -c %a "$TMP/bob.json")"
check_eq "with answers, marks and what graders wrote" '["Because it sleeps.","A handler is meant.",66.67]' \
    "$(jq -c '[(.events[] | select(.kind == "exam.answer").body.answer | select(startswith("Bec"))), .graded[-1].comment, .students[0].course]' "$TMP/bob.json")"
check_no_match "then nobody is called so" "$BOB" "$(as $TEACHER class roster; as $TEACHER class gradebook; as $TEACHER exam statistics words --mastery)"
check_match "nor does the user belong to the class" "is on no roster" "$(as $BOB class status 2>&1)"
check_eq "but what was answered still counts in the figures" 2 "$(figures which .count)"
check_match "the log is whole after all that" "The chain holds" "$(as $TEACHER class audit)"
finish
