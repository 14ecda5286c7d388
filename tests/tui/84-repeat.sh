#!/bin/bash
# Repetition in the UI: what has to be ordered, matched or typed is answered, too, not by letters only; the proof of an answer is watched; and the lesson
# of a question opens on a key.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start

# One bank at a time, so that it is known what is asked; none of those that come with Slipway.
export SLIPWAY_CONTENT=$TMP/content
mkdir -p "$SLIPWAY_CONTENT/quizzes" ; for part in lessons labs; do ln -s "$ROOT/$part" "$SLIPWAY_CONTENT/$part"; done
UI_ENV=("SLIPWAY_CONTENT=$SLIPWAY_CONTENT")
bank() { # NAME TYPE [MORE] BODY
    printf -- '---\nid: %s\ntitle: %s\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n## q {type=%s level=1 topic=K01 objective=o %s}\n\n%s\n' \
        "$1" "$1" "$2" "$3" "$4" >"$TMP/bank.md"
    for pid in $(pgrep -x slipway-classd); do grep -qsz "SLIPWAY_CLASS_SOCKET=$TMP/class.sock" "/proc/$pid/environ" && kill "$pid" && wait_for 5 gone "$pid"; done
    rm -f "$TMP"/class.db* "$SLIPWAY_CONTENT"/quizzes/*
    cp "$TMP/bank.md" "$SLIPWAY_CONTENT/quizzes/$1.md"
    S exam import "$TMP/bank.md" >/dev/null || not_ok "$1 is a bank"
}
gone() { ! kill -0 "$1" 2>/dev/null; }
# asks NAME TEXT: the repeat screen shows the question.
asks() { ui_keys 1 5 ; sees "$1 at $size: exams" 'QUESTIONS +PASS AT' ; ui_keys r ; sees "$1 at $size: asked" "$2"; }
letter_of() { ui_screen | grep -oE "[a-e] +$1( |│)" | head -1 | cut -c1; }
over() { ui_keys Enter ; sees "$1 at $size: on" 'That was the last one|All right, every one' ; ui_keys Escape ; sees "$1 at $size: back" 'QUESTIONS +PASS AT'; }

for size in "80 24" "120 40"; do
    bank order ordering "" $'Which order?\n\n1. zeta\n   > it comes first\n2. alpha\n   > a\n3. mu\n   > m'
    # shellcheck disable=SC2086
    ui_start $size
    asks ordering 'Letters in the right order'
    for word in zeta alpha mu; do ui_keys "$(letter_of $word)"; done
    sees "ordering at $size: in order" '3\.' ; ui_keys Enter
    sees "ordering at $size: judged" 'Right\. Next review in' ; sees "ordering at $size: with its reasons" 'it comes first'
    over ordering

    bank match matching "" $'What to what?\n\n- left = one\n  > l\n- right = two\n  > r'
    asks matching 'next number'
    left=$(letter_of left) ; one=$(ui_screen | grep -oE '[12] +one' | cut -c1)
    for _ in $(seq "$one"); do ui_keys "$left"; done
    ui_keys Enter ; sees "matching at $size: half of it is not all" 'Not quite' ; sees "matching at $size: what is right" 'right: +[ab][12]'
    over matching

    bank line command "lesson=clone-unshare-setns man=\"7 pid_namespaces\"" $'Which command?\n\n- [x] docker run -d --name web nginx\n  > Because.\n- [ ] docker run --name web nginx\n  > It stays in the foreground.'
    asks command 'Enter begins to write'
    ui_keys Enter ; ui_type 'docker run --name web nginx' ; ui_keys Enter
    sees "command at $size: judged" 'Not quite' ; sees "command at $size: what was met" 'It stays in the foreground'
    sees "command at $size: where to read on" 'lesson +.* L opens' ; sees "command at $size: and the manual" 'man 7 pid_namespaces'
    ui_keys L ; sees "command at $size: the lesson opens" 'Learn > '
    ui_keys 5 ; sees "command at $size: and leads back" 'It stays in the foreground'
    over command

    ui_stop
done

size="80 24"
bank proof single "" $'Which is there?\n\n- [x] right one\n  > r\n- [ ] wrong one\n  > w\n\n```proof\nexpect there test -d /proc/self\nrefuse gone test -d /nowhere\n```'
ui_start 80 24
asks proof 'A letter answers'
ui_keys "$(letter_of 'right one')" ; sees "a proof is offered" 'w watches the proof' ; ui_keys w
sees "its script is shown" 'expect there test -d /proc/self'
sees "and comes out in a lab machine" 'it came out as the key says' 60
ui_keys Escape ; sees "back" 'QUESTIONS +PASS AT' ; ui_keys b ; sees "the browser" 'TOPIC +LEVEL'
ui_stop
finish
