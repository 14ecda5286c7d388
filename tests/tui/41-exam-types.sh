#!/bin/bash
# Every type of question and options one at a time, with the keyboard alone, in a small and in a large terminal; killed in the middle.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start

# A bank of one question each, so that the screen shows what is looked for. `a-` sorts it before all others.
bank() { printf -- '---\nid: a-%s\ntitle: A %s question\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n## q {type=%s level=1 topic=K01 objective=o}\n\n%s\n' "$1" "$1" "$1" "$2" >"$TMP/$1.md"; S exam import "$TMP/$1.md" >/dev/null; }
bank ordering $'Which order?\n\n1. zeta\n   > z\n2. alpha\n   > a\n3. mu\n   > m'
bank matching $'What to what?\n\n- left = one\n  > l\n- right = two\n  > r'
bank command $'Which command?\n\n- [x] docker run -d --name web nginx\n  > Because.'
bank essay $'Explain it.\n\n```rubric\n2: all of it\n```'
bank short $'Name it.\n\n- [x] *space\n  > s\n- [ ] group*\n  > A group is something else.'

# begin TYPE: the exam of that bank, found by the filter.
begin() { ui_keys 5 ; sees "$1 at $size: banks" 'A [a-z]+ question' ; ui_keys / ; ui_type "A $1 q" ; sees "$1 at $size: found" "▌ A $1 question" ; ui_keys Enter ; sees "$1 at $size: chosen" 'Esc clears it' ; ui_keys Enter ; sees "$1 at $size: begun" 'Question 1 of 1'; }
end() { ui_keys F ; sees "$1 at $size: asks" 'All questions are answered' ; ui_keys y ; sees "$1 at $size: $2" "$2" ; ui_keys Escape ; sees "$1 at $size: back" 'QUESTIONS +PASS AT' ; ui_keys / C-u Enter; }
# Which letter stands before a text.
letter_of() { ui_screen | grep -oE "[a-e] +$1( |│)" | head -1 | cut -c1; }

for size in "80 24" "120 40"; do
    # shellcheck disable=SC2086
    ui_start $size
    begin ordering
    for word in zeta alpha mu; do ui_keys "$(letter_of $word)"; done
    sees "ordering at $size: in order" '3\. '
    sees "ordering at $size: saved" 'all answers saved'
    end ordering 'PASSED +1 of 1'

    begin matching
    left=$(letter_of left) one=$(ui_screen | grep -oE '[12] +one' | cut -c1)
    for _ in $(seq "$one"); do ui_keys "$left"; done
    right=$(letter_of right)
    for _ in $(seq $((3 - one))); do ui_keys "$right"; done
    sees "matching at $size: saved" 'all answers saved'
    kill -9 "$(ui_pid)"
    sees "matching at $size: killed" 'terminal is restored'
    # shellcheck disable=SC2086
    ui_start $size
    ui_keys 5
    sees "matching at $size: goes on with its pairs" '1 of 1 answered' 10
    end matching 'PASSED +1 of 1'

    begin command
    ui_keys i ; ui_type 'docker run --name=web --detach nginx' ; ui_keys Enter
    sees "command at $size: saved" 'all answers saved'
    end command 'PASSED +1 of 1'

    begin essay
    ui_keys i ; ui_type 'First q line' ; ui_keys Enter ; ui_type 'second line' ; ui_keys Escape
    sees "essay at $size: both lines" 'second line'
    sees "essay at $size: saved" 'all answers saved'
    end essay 'to be graded'

    begin short
    ui_keys i ; ui_type 'groups' ; ui_keys Enter
    sees "short at $size: saved" 'all answers saved'
    end short 'A group is something else'
    ui_stop
done

# --- one option at a time
bank single $'Which?\n\n- [ ] wrong one\n  > w\n- [x] right one\n  > r\n- [ ] wrong two\n  > w\n- [ ] wrong three\n  > w'
printf 'q\n' | S exam take --domc --lines a-single >/dev/null 2>&1
ui_start 80 24
ui_keys 5
sees "an option alone" 'Is this one right\?  y  n'
check "none of the others is shown" test "$(ui_screen | grep -cE '(right|wrong) (one|two|three)')" = 1
for _ in 1 2 3 4 5; do
    wait_for 5 ui_matches 'Is this one right|question is over'
    ui_matches 'question is over' && break
    before=$(ui_screen | grep -cE '(right|wrong) (one|two|three)')
    if ui_screen | grep -E '\? ' | grep -q 'right one'; then ui_keys y; else ui_keys n; fi
    more() { ui_matches 'question is over' || [ "$(ui_screen | grep -cE '(right|wrong) (one|two|three)')" -gt "$before" ]; }
    wait_for 5 more
done
sees "it is over" 'This question is over'
ui_keys F ; sees "and finishing asks" 'All questions are answered'
ui_keys y ; sees "it is right" 'PASSED +1 of 1'
sees "and says what was said" 'you said (yes|no)'
ui_stop
finish
