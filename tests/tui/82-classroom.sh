#!/bin/bash
# What an instructor does, in the UI: marking free text, the gradebook and its files, the roster, assignments, extensions, messages, a
# corrected key, statistics in words, the audit. Each change is checked from the command line.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
. "$(dirname "$0")/classroom.bash"
classroom
sits $ANN "Neither: both are alike" "MAC addresses" "Because of its PID namespace: numbers begin at 1 in it."
sits $BOB "The first is the host's" "MAC addresses" "It is hidden."
sits $CHI "Neither: both are alike" "IP addresses" "A namespace."
receipt=$(as $ANN exam results 1 --json | jq -r .receipt)
teacher class message "Ten minutes left" ; teacher class message --to $BOB "Look at step 3 again"
engine_start
field() { ui_keys C-a C-k ; ui_type "$1"; } # what stands in the line is replaced

for size in "80 24" "120 40"; do
    # shellcheck disable=SC2086
    ui_start $size ; ui_keys : ; ui_type board ; ui_keys Enter
    sees "board at $size" '▌ Bob .* 33\.3%' ; sees "in a sentence" '4 students, 3 here, 0 in exams, 1 never seen'
    to Grading ; sees "grading at $size" '▌ +[12]/[1-3] blind' ; sees "blind, with the question" 'blind, three .*Finals' ; sees "and the answer" 'PID namespace: numbers'
    check_no_match "nobody's name is there" 'Ann|Bob|Chi' "$(ui_screen)"
    to Gradebook ; sees "gradebook at $size" 'STUDENT +Finals +Read it +Bridges' ; sees "with marks, and the sign that one waits for a grader" 'Lovelace, Ann +66\.7\* +\. +\. +66\.7' ; sees "the median" 'median +33\.3' ; sees "due days" 'due +07-01 +07-02 +07-03' ; sees "weights" 'weight +1 +1 +2'
    ui_keys k l l ; sees "a column further" '>\.' ; ui_keys G Enter ; sees "one student" 'Lovelace, Ann \(61003\)' ; sees "with all that counts" 'Finals +quiz +w 1 +66\.7' ; ui_keys Escape
    to Assignments ; sees "assignments at $size" '▌ Finals +quiz .*2099-07-01 18:00' ; sees "in words" '3 questions in 10 min, 1 attempt \(highest counts\)' ; sees "who grades" 'free text: 1 grader, who does not see whose it is; results 2020-01-01'
    to Roster ; sees "roster at $size" 'Lovelace, Ann +61003 +61003 +student +25 %'
    to Messages ; sees "messages at $size" '▌ 2[0-9-]+ [0-9:]+ +61001 .*Ten minutes left'
    to Banks ; sees "banks at $size" '▌ Finals +finals +foundations'
    to Log ; sees "log at $size" 'Nothing was changed: the chain'
    ui_stop
done

ui_start 80 24 ; ui_keys 5 ; sees "the exams lead to the class" 'c class' ; ui_keys c ; sees "its board" '▌ Bob'
ui_keys m ; sees "a message to one" 'Message to Bob' ; ui_type "Well done" ; ui_keys Enter ; sees "is sent" 'sent; it shows'
check_match "it came" 'to you: Well done' "$(as $BOB class inbox)"

# --- free text
to Grading ; sees "an answer waits" 'To mark .* 3 '
ui_keys Enter ; sees "its rubric is written in" 'Tab: next line'
ui_type 9 ; ui_keys Tab Tab Tab ; ui_keys Enter
sees "too much is refused" 'wants a number from 0'
ui_keys Tab ; field 2 ; ui_keys Enter ; ui_type 1 ; ui_keys Enter ; ui_type 0 ; ui_keys Enter ; ui_type "Good; what does the host see?" ; sees "a sum" '3 of 4' ; ui_keys Enter
sees "the mark is stored, and the next one is there" 'To mark .* 2 '
ui_keys Escape ; sees "which is not begun" 'Enter marks it'
check_eq "two are left" 2 "$(S class queue --json | jq length)"
to Gradebook ; sees "it counts" 'Lovelace, Ann +91\.7'

# --- the gradebook
ui_keys e ; sees "a file for it" 'Write the gradebook as CSV' ; field "$TMP/book.csv" ; ui_keys Enter ; sees "is written" 'written to'
check_match "as CSV" '^61003,61003,"Lovelace, Ann",91.67,,,91.67$' "$(cat "$TMP/book.csv")"
ui_keys E ; sees "or a page" 'as HTML' ; field "$TMP/book.html" ; ui_keys Enter ; sees "is written, too" 'written to'
check_match "with plots" '<svg' "$(cat "$TMP/book.html")"
ui_keys E ; sees "where it cannot be" 'as HTML' ; field "$TMP/none/book.html" ; ui_keys Enter ; sees "that is said" 'create .*none/book.html' ; ui_keys Escape
ui_keys / ; ui_type bob ; ui_keys Enter ; sees "found" 'Esc clears it' ; ui_keys h h h x ; sees "more time for one" 'More time for Finals'
sees "for whom" 'User +61004' ; field '2099-09-01 12:00' ; ui_keys Tab ; ui_type 2 ; ui_keys Enter ; sees "needs a reason" 'needs a "reason"'
ui_keys Tab ; ui_type 'the power went' ; ui_keys Enter ; sees "and is given" 'extended; the reason'
check_eq "to him" "2099-09-01T12:00:00Z 2" "$(as $BOB class assignments --json | jq -r '.[0] | "\(.due) \(.more)"')"
ui_keys / C-u Enter

# --- assignments
to Assignments ; sees "assignments" '▌ Finals'
ui_keys n ; sees "a new one" 'Set to the class' ; ui_type lesson ; ui_keys Tab ; ui_type cgroups ; ui_keys Enter ; sees "needs a date" 'a time when it is due'
ui_keys Tab Tab Tab ; ui_type '2099-13-01' ; ui_keys Enter ; sees "a real one" 'is no time' ; field '2099-08-01 09:00' ; ui_keys Enter ; sees "then it is set" 'set to the class'
sees "and listed" 'cgroups +lesson +2099-08-01 09:00'
ui_keys G Enter ; sees "it can be changed" 'Change cgroups' ; field 'Groups of processes' ; ui_keys Tab Tab ; field '2099-08-02 09:00' ; ui_keys Enter ; sees "in place" '▌ Groups of processes +lesson +2099-08-02'
check_eq "with what follows the date" "2099-08-02T09:00:00Z" "$(S class assignments --json | jq -r '.[] | select(.ref == "cgroups") | .closes')"
check "and from the command line" S class reassign --weight 3 4
check_eq "what is not said stays" "3.0 2099-08-02T09:00:00Z" "$(S class assignments --json | jq -r '.[] | select(.ref == "cgroups") | "\(.weight) \(.due)"' | sed 's/^3 /3.0 /')"
ui_keys w ; sees "a category is weighed" 'Weigh a category' ; ui_type 4 ; ui_keys Enter ; sees "so" 'weighed'
ui_keys D ; sees "it is taken back, after a question" 'leaves the gradebook' ; ui_keys y ; sees "is" 'taken back'
check_eq "it is gone" 3 "$(S class assignments --json | jq length)"

# --- the roster
to Roster ; sees "roster" '▌ 61001'
ui_keys a ; sees "one is enrolled" 'Enrol' ; ui_type 61077 ; ui_keys Tab Tab ; ui_type "Eli" ; ui_keys Tab ; ui_type 50 ; ui_keys Enter ; sees "with extra time" 'Eli +61077 .*50 %'
ui_keys / ; ui_type eli ; ui_keys Enter ; sees "found again" '▌ Eli' ; ui_keys Enter ; sees "changed" 'Change ' ; ui_keys Tab ; field wizard ; ui_keys Enter ; sees "to no role that is none" 'the role is student, grader or instructor' ; field grader ; ui_keys Enter ; sees "to a grader" 'Eli +61077 +61077 +grader'
ui_keys D ; sees "and removed, after a question" 'may no longer ask' ; ui_keys n ; sees "not without a yes" '▌ Eli' ; ui_keys D y ; sees "now" 'taken off the roster' ; ui_keys / C-u Enter
printf '61088,student,"Fay",\nnobody-of-this-name,student\n' >"$TMP/more.csv"
ui_keys i ; ui_type "$TMP/more.csv" ; ui_keys Enter ; sees "a file is taken whole or not at all" 'more.csv:2: there is no user'
sed -i 2d "$TMP/more.csv" ; ui_keys Enter ; sees "whole" 'Fay +61088'
ui_keys e ; field "$TMP/out.csv" ; ui_keys Enter ; sees "and goes into one" 'written to' ; check_match "again" '^61088,student,Fay,0$' "$(cat "$TMP/out.csv")"

# --- a corrected key
sed -i 's/- \[ \] IP addresses/- [x] IP addresses/; s/- \[x\] MAC addresses/- [ ] MAC addresses/; s/version: 1/version: 2/' "$TMP/finals.md"
to Banks ; sees "banks" 'QUESTIONS' ; ui_keys / ; ui_type finals ; ui_keys Enter ; sees "the one that was wrong" '▌ Finals'
ui_keys i ; ui_type "$TMP/answers.json" ; ui_keys Enter ; sees "what is no bank is refused by line" 'answers.json:1: '
field "$TMP/finals.md" ; ui_keys Enter ; sees "the corrected bank is taken" 'taken in'
ui_keys r ; sees "old attempts are marked by it" 'Mark again by the corrected keys of finals' ; ui_keys Enter ; sees "for a reason" 'needs a reason' ; ui_type 'the key was wrong' ; ui_keys Enter
sees "after a question" 'marked again by the keys' ; ui_keys y ; sees "each is told" 'attempt 2 +33\.33 % +.* 0\.00 % +less' ; sees "what became better, too" 'attempt 3 +33\.33 % +.* 66\.67 % +more'
ui_keys Escape ; echo '{"title":"Short one","draw":[{"bank":"finals","count":1}],"seconds":60}' >"$TMP/quiz.json"
ui_keys n ; field short ; ui_keys Tab ; ui_type "$TMP/quiz.json" ; ui_keys Enter ; sees "a quiz is set" 'set to|✓ set' ; ui_keys / C-u ; ui_type short ; ui_keys Enter ; sees "and listed" '▌ Short one +short +quiz'
ui_keys D ; sees "removed, after a question" 'Nobody can begin' ; ui_keys y ; sees "and removed" 'removed'
check_eq "that one" 0 "$(S quiz list --json | jq length)"
ui_keys / C-u ; ui_type finals ; ui_keys Enter ; sees "the bank again" '▌ Finals' ; ui_keys Enter ; sees "statistics" 'Statistics .*first attempts' ; sees "of each question" 'three .*'
ui_keys Escape

# --- the log
ui_keys c ; to Log ; sees "the log is whole" 'Nothing was changed'
ui_keys r ; ui_type "$receipt" ; ui_keys Enter ; sees "a receipt is found in it" 'attempt 1, exam.finish'
ui_keys r ; ui_type "$(printf 'f%.0s' $(seq 64))" ; ui_keys Enter ; sees "or not" 'No event has this hash'
ui_stop

# --- the same, for a student
teacher class enrol root --name "Ruth" >/dev/null
ui_start 80 24 ; ui_keys : ; ui_type 'go.class' ; ui_keys Enter
sees "a student's class" 'Marks +▸ Assignments +Messages' ; sees "with what is set" '▌ Finals +quiz'
check_no_match "and nothing of the staff's" 'Roster|Board|Log' "$(ui_screen | sed -n 3p)"
ui_keys j Enter ; sees "a lesson opens" 'Learn > ' ; ui_keys 5 ; sees "and back" '▸ Assignments'
to Marks ; sees "their own marks" '▌ Ruth' ; check_no_match "and no others" 'Ann|Bob' "$(ui_screen)"
ui_stop
finish
