#!/bin/bash
# What a learner has done, what comes next, and their own data: `slipway progress`.
. "$(dirname "$0")/../lib.sh"
engine_start
wire=two-namespaces-and-a-wire

first=$(S progress --json)
check_eq "at first nothing is done" "[]" "$(jq -c .progress <<<"$first")"
check_eq "and the first lesson comes next" "lesson what-a-container-is" "$(jq -r '.next | .kind + " " + .id' <<<"$first")"
check_match "people read it too" 'Next: the lesson "' "$(S progress)"

S lab start $wire >/dev/null
S lab hint $wire >/dev/null; S lab hint $wire 2 >/dev/null; S lab hint $wire 1 >/dev/null
S lab solve $wire >/dev/null
row() { S progress --json | jq -c --arg id "$1" '.progress[] | select(.id == $id)'; }
check_eq "steps, hints and help are kept" "1 4 2 1 false" "$(row $wire | jq -r '[.step, .steps, .hints, .solved, .done] | join(" ")')"
check_eq "what was begun comes next" "$wire" "$(S progress --json | jq -r .next.id)"
check_match "with the reason" "you have begun it" "$(S progress)"
check_match "the next hint begins anew in the next step" "ip link add" "$(S lab hint $wire)"
for _ in 1 2 3; do S lab solve $wire >/dev/null; done
check_eq "a lab that is done is done" "true 4" "$(row $wire | jq -r '[.done, .step] | join(" ")')"
check_eq "its time is kept" "true" "$(row $wire | jq '.seconds >= 0 and .first != null and .finished != null')"
check_match "and shown" "lab +done +3\+" "$(S progress)"
S lab reset $wire >/dev/null
check_eq "it stays done when it is begun again" "true 0" "$(row $wire | jq -r '[.done, .step] | join(" ")')"

check "one's data are exported" S progress export "$TMP/mine.json"
check_eq "to a file that others cannot read" 600 "$(stat -c %a "$TMP/mine.json")"
check_eq "with the steps of labs and the events" "true true $(id -un)" \
    "$(jq -r '[(.progress | length) > 0, ([.events[].kind] | index("lab.step")) != null, .person.name] | join(" ")' "$TMP/mine.json")"
check_rc "an export needs its file" 1 S progress export
check_rc "erasing asks, and nobody is there to answer" 1 S progress erase
check_eq "so that nothing was erased" 1 "$(S progress --json | jq '.progress | length')"
no=$(script -qec "$B/slipway progress erase" /dev/null <<<"n" 2>&1)
check_match "no is an answer" "Nothing was erased" "$no"
check_match "erasing says what went" "Erased: 1 lessons and labs" "$(S progress erase --yes)"
check_eq "and it is gone" "[]" "$(S progress --json | jq -c .progress)"
check_eq "from the file too" 0 "$(sqlite3 "$TMP/class.db" 'SELECT count(*) FROM progress' 2>/dev/null || echo 0)"
check_rc "an unknown word is refused" 1 S progress cake
S lab stop $wire >/dev/null
finish
