#!/bin/bash
# An instructor's quiz taken in the UI: its password, a limit of one's own, grace, no way back, a mark that is withheld; and what is
# set to the class.
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
teacher class enrol root --name "Root, a student" --extra 50 >/dev/null
{ printf -- '---\nid: finals\ntitle: Finals\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n'
  for n in 1 2 3; do printf '\n## q%s {type=single level=1 topic=K01 objective=o}\n\nWhich of %s?\n\n- [x] right one\n  > r\n- [ ] wrong one\n  > w\n' $n $n; done; } >"$TMP/finals.md"
settings() { echo "{\"title\":\"Week $1\",\"draw\":[{\"bank\":\"finals\",\"count\":3}],\"navigation\":\"forward\",\"review\":{\"after\":[],\"later\":[]},\"keep_options\":true,$2}"; }
settings 1 '"seconds":600,"grace":90,"attempts":2,"password":"sesame","overrides":{"root":{"seconds":900}}' >"$TMP/quiz1.json"
settings 2 '"seconds":5,"grace":3600' >"$TMP/quiz2.json"
chmod 644 "$TMP"/*.md "$TMP"/*.json
teacher class import "$TMP/finals.md" >/dev/null
for n in 1 2; do teacher quiz set week-$n "$TMP/quiz$n.json" ; done >/dev/null
teacher class assign quiz week-1 --due '2099-07-01 18:00' --attempts 2 >/dev/null
teacher class assign quiz week-2 --due '2099-07-02 18:00' >/dev/null
teacher class assign quiz finals --title "Finals of May" --due '2099-07-01 18:00' --count 2 --minutes 10 >/dev/null
engine_start

# at NAME: the row with this title, found by the filter.
at() { sees "$1: the lists" 'QUESTIONS +PASS AT' ; ui_keys / ; ui_type "$1" ; sees "$1: found" "▌ $1" ; ui_keys Enter ; sees "$1: chosen" 'Esc clears it'; }
first_of() { ui_screen | grep -oE "[a-e] +$1( |│)" | head -1 | cut -c1; }
for size in "80 24" "120 40"; do
    # shellcheck disable=SC2086
    ui_start $size ; ui_keys 5
    at 'Week 1'
    sees "its terms, with what is one's own, at $size" '15 min \(yours, for 10 min\), grace 1:30 min, [01] of 2 attempts, no way back'
    ui_keys Enter
    sees "the password is asked for" 'Password: '
    ui_type wrong ; sees "and not shown" 'Password: \*\*\*\*\*' ; ui_keys Enter
    sees "a wrong one is none" 'has a password, and this is not it'
    ui_type sesame ; ui_keys Enter
    sees "the right one begins it" 'Question 1 of 3'
    sees "with the learner's own limit, and the grace" '14:[0-5][0-9] left, grace 1:30'
    sees "and no way back" 'choose one, no way back'
    ui_keys n ; sees "leaving an open one asks" 'there is no way back\.' ; ui_keys n
    sees "and does not when the answer is no" 'Question 1 of 3'
    ui_keys "$(first_of 'right one')" ; sees "an answer" '1 of 3 answered' ; sees "is stored" 'all answers saved'
    ui_keys n ; sees "on" 'Question 2 of 3'
    ui_keys p p g ; ui_type 1 ; ui_keys Enter
    ui_keys "$(first_of 'wrong one')" ; sees "the answer is to the second, not to the first" '2 of 3 answered' ; sees "which is on show" 'Question 2 of 3'
    kill -9 "$(ui_pid)" ; sees "killed" 'terminal is restored'
    # shellcheck disable=SC2086
    ui_start $size ; ui_keys 5
    sees "it goes on at the second, without the password" 'Question 2 of 3' 10
    ui_keys n ; sees "on to the last" 'Question 3 of 3'
    ui_keys F ; sees "the end asks" 'Finish the exam' ; ui_keys y
    sees "the mark is withheld" 'The mark is withheld'
    check "and nothing is told as wrong" test "$(ui_screen | grep -cE 'NOT PASSED|0 of 3|: wrong')" = 0
    ui_keys Escape ; sees "nor in the history" 'withheld +Week 1 .*later'
    ui_keys 1 ; sees "nor at home" 'last +○ withheld'
    ui_stop
done
check_match "all attempts are used up" "allows 2 attempts, and you had them" "$(S exam take --quiz week-1 --password sesame --lines 2>&1 </dev/null)"

# shellcheck disable=SC2086
ui_start 80 24 ; ui_keys 5
at 'Week 1' ; ui_keys Enter 
sees "which the UI says, too" 'allows 2 attempts, and you had them'
ui_keys Escape ; sees "and back" 'QUESTIONS +PASS AT' ; ui_keys / C-u Enter
at 'Finals of May'
sees "what is set to the class, with extra time" '15 min \(yours, for 10 min\), 0 of 1 attempts, due 2099-07-01 18:00'
ui_keys Enter ; sees "can be sat" 'Question 1 of 2' ; sees "with that time" '14:[0-5][0-9] left'
ui_keys F y ; sees "and its mark comes later" 'The mark is withheld' ; sees "with a whole receipt" '│ [0-9a-f]{64}'
ui_keys Escape ; sees "back" 'QUESTIONS +PASS AT' ; ui_keys / C-u Enter
at 'Week 2' ; ui_keys Enter
sees "grace begins when the limit is over" 'of grace left' 12
sees "and says so" 'time is up'
ui_keys "$(first_of 'right one')" ; sees "an answer in it" '1 of 3 answered' ; sees "is stored" 'all answers saved'
ui_stop
finish
