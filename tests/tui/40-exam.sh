#!/bin/bash
# An exam with the UI killed, then the school killed in the middle: nothing is lost, the clock runs on, the result is stored.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start

ui_start 80 24
ui_keys 5
sees "a bank to choose" 'QUESTIONS +PASS AT'
sees "with its questions" '[0-9]+ +[0-9]+%'
ui_keys b
sees "the question browser" 'DOMAIN.* TOPIC +LEVEL TYPE +QUESTION'
sees "with the questions of a bank" 'foundations +[A-Z0-9]+ +[1-3] (single|multiple)'
ui_keys Enter
sees "one of them with its options" 'containers-basics 1: '
ui_keys a ; sees "and the answer when asked" '^│. +right'
ui_keys Escape Escape
sees "and back" 'QUESTIONS +PASS AT'
ui_keys Enter
sees "the first of ten" 'Question 1 of 10'
ui_keys a ; sees "an answer is stored" 'all answers saved' ; ui_keys n
sees "the second" 'Question 2 of 10'
ui_keys b ; ui_keys f ; sees "and flagged" '2 ● ⚑'
kill -9 "$(ui_pid)"
sees "the UI is killed" 'terminal is restored'
sleep 2 # of the exam's own time
ui_start 80 24
ui_keys 5
sees "it goes on by itself" 'going on where you were' 10
sees "with both answers" '2 of 10 answered'
sees "and the flag" '2 ● ⚑'
check_match "the clock ran on" '14:([0-4][0-9]|5[0-8]) left|1[0-3]:[0-5][0-9] left' "$(ui_screen)"
for pid in $(pgrep -x slipway-classd); do grep -qsz "SLIPWAY_CLASS_SOCKET=$TMP/class.sock" "/proc/$pid/environ" && kill -9 "$pid"; done
ui_keys n ; ui_keys g ; ui_type 5 ; ui_keys Enter
sees "g goes to a number" 'Question 5 of 10'
ui_keys : ; ui_type questions ; ui_keys Enter
sees "the browser is open in an exam too" 'TOPIC +LEVEL'
ui_keys Enter ; ui_keys a ; sees "without its answers" 'attempt 1 is running'
ui_keys Escape Escape
sees "and leads back to the exam" 'Question 5 of 10'
ui_keys c ; sees "the school is started again and stores" '3 of 10 answered'
sees "saved" 'all answers saved' 10
ui_keys R ; sees "the review" '7 .*open|open'
ui_keys F ; sees "finishing asks" '7 questions are not answered'
ui_keys y
sees "the result" '(NOT )?PASSED +[0-9.]+ of'
sees "by topic" 'By topic'
ui_keys J J
sees "with explanations" 'right|wrong'
ui_keys 1
sees "home has it" '1 taken'
ui_keys 5 Escape
sees "and the history" 'passed .*of 10'
check_eq "stored" 1 "$(S exam results --json 2>/dev/null | jq 'if type == "object" then (.attempts // [.]) else . end | length')"
ui_stop
finish
