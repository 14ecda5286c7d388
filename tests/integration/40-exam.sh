#!/bin/bash
# Exams from the command line: taken, killed in the middle, timed out, refused, and kept. No engine is needed.
. "$(dirname "$0")/../lib.sh"
export SLIPWAY_CONTENT=$ROOT
bank=$ROOT/quizzes/containers-basics.md

# Answers to every question of a bank, as letters in the order of the file: all right, or all wrong.
answers() {
    awk -v want="$1" '
        /^## / { id = $2; n = 0; done[id] = 0 }
        /^- \[[ x]\]/ { letter = substr("abcdefgh", ++n, 1); key = /^- \[x\]/
                        if ((want == "right" && key) || (want == "wrong" && !key && !done[id]++)) list[id] = list[id] (list[id] ? "," : "") "\"" letter "\"" }
        END { printf "{"; for (id in list) { printf "%s\"%s\":[%s]", sep, id, list[id]; sep = "," } print "}" }' "$2"
}
answers right "$bank" >"$TMP/right.json"
answers wrong "$bank" >"$TMP/wrong.json"
killed() { kill -9 "$(cat "$TMP/class.pid")"; }
take() { S exam take "$@" containers-basics </dev/null; }

# --- banks
check_match "the shipped bank is there without being asked for" "containers-basics +[0-9]+ +65 %" "$(S exam list)"
check "it has at least 48 questions" jq -e '.banks[] | select(.bank == "containers-basics").questions >= 48' <(S exam list --json)
check "lint finds nothing wrong with it and all others" S quiz lint "$SLIPWAY_CONTENT"/quizzes/*.md
check_match "importing it again changes nothing" "unchanged" "$(S exam import "$bank")"
sed '/^- \[x\]/s/x/ /' "$bank" >"$TMP/keyless.md"
check_rc "a bank with missing keys is refused" 1 S exam import "$TMP/keyless.md"
check_match "with file, line and question" "keyless.md:[0-9]+: question [a-z0-9-]+ has no key.*and [0-9]+ more" "$(S exam import "$TMP/keyless.md" 2>&1)"
check_eq "lint lists every one of them" "$(grep -c '^## ' "$bank")" "$(S quiz lint "$TMP/keyless.md" 2>&1 | grep -c 'has no key')"
check_rc "a file that is not there is refused" 1 S exam import "$TMP/nothing.md"
check_eq "no bank came of it" "$(ls "$ROOT"/quizzes/*.md | wc -l)" "$(S exam list --json | jq '.banks | length')"

# --- right and wrong
check_rc "all right passes" 0 S exam take containers-basics --answers "$TMP/right.json"
check_rc "all wrong does not" 2 S exam take containers-basics --answers "$TMP/wrong.json"
result=$(take --count 20 --minutes 5 --answers "$TMP/right.json" --json)
check_eq "20 of 20" "20 20 100 true finished" "$(jq -r '"\(.score) \(.max) \(.percent) \(.passed) \(.reason)"' <<<"$result")"
check_eq "topics add up" 20 "$(jq '[.topics[].total] | add' <<<"$result")"
check_eq "every option is explained" true "$(jq '[.items[] | (.options | length) == (.explanations | length)] | all' <<<"$result")"
check_eq "two attempts draw different questions" false "$(jq -n --argjson a "$(S exam results 1 --json)" --argjson b "$(S exam results 2 --json)" \
    '[$a.items[].id] == [$b.items[].id]')"
check_eq "history has all three" "3 100 2 0 1 100" "$(S exam results --json | jq -r '[.[] | .attempt, .percent] | join(" ")')"
check_match "and says so in words" "1 +containers-basics .* finished +10/10 +100 %, passed" "$(S exam results)"
check_match "a result explains" "right, your answer" "$(S exam results 3)"
check_match "questions of a bank" '^containers-basics +ns-count +K01 +1 +single ' "$(S quiz questions containers-basics)"
check_match "one of them" '^  a\) 5: pid' "$(S quiz questions containers-basics ns-count)"
check_match "with its answer" '^\* d\) 8: those seven' "$(S quiz questions --key containers-basics ns-count)"
check_eq "as JSON, without it" null "$(S quiz questions --json containers-basics ns-count | jq .key)"
check_rc "one that is not there" 1 S quiz questions containers-basics nope
check_rc "an attempt that never was" 1 S exam results 77
check_match "is named" "no such attempt: 77" "$(S exam results 77 2>&1)"

# --- bad input
echo '[1]' >"$TMP/list.json"; echo '{' >"$TMP/broken.json"
check_rc "answers must be an object" 1 S exam take containers-basics --answers "$TMP/list.json"
check_rc "and JSON" 1 S exam take containers-basics --answers "$TMP/broken.json"
check_rc "no terminal and no answers" 1 S exam take
check_match "is explained" "needs a terminal, or --answers FILE" "$(take 2>&1)"
check_rc "an unknown bank" 1 S exam take --answers "$TMP/right.json" nothing-of-the-kind
check_rc "no time at all" 1 S exam take containers-basics --minutes 0 --answers "$TMP/right.json"
check_rc "no questions" 1 S exam take containers-basics --count 0 --answers "$TMP/right.json"
check_eq "nothing of this left an attempt open" null "$(S exam list --json | jq .open)"

# --- killed in the middle: an answer that cannot be stored stops half way, and the attempt stays open
# (at one of two questions, so that at least one is answered, whatever the order drawn).
for odd in ns-uts cg-join; do
    check_rc "a bad option stops the taking" 1 S exam take containers-basics --count 200 --minutes 3 --answers <(jq ".[\"$odd\"] = [\"zz\"]" "$TMP/right.json")
done
before=$(S exam list --json | jq -c .open)
check "some answers were stored before" jq -e '.answered >= 1 and .answered <= .count' <<<"$before"
killed; sleep 1.2
after=$(S exam list --json | jq -c .open)
check_eq "after kill -9 the attempt is there with every answer" "$(jq -c 'del(.deadline_ms_left)' <<<"$before")" "$(jq -c 'del(.deadline_ms_left)' <<<"$after")"
check "and its clock ran on" test $(($(jq .deadline_ms_left <<<"$before") - $(jq .deadline_ms_left <<<"$after"))) -ge 1200
killed
result=$(take --answers "$TMP/right.json" --json)
check_eq "it is resumed, not begun again, and finished" "4 true" "$(jq -r '"\(.attempt) \(.max >= 48 and .max == .score)"' <<<"$result")"

# --- on a terminal, with the program killed between two answers and the screen killed too
if command -v tmux >/dev/null; then
    t() { tmux -S "$TMP/tmux" "$@"; }
    screen() { t capture-pane -p -t x; }
    shows() { wait_for 5 eval "screen | grep -q '$1'"; }
    t -f /dev/null new-session -d -x 100 -y 50 -s x "'$B/slipway' exam take -n 3 containers-basics; echo left with \$?; sleep 30"
    check "a terminal shows the first question" shows 'Question 1 of 3'
    t send-keys -t x a Enter; check "an answer is stored and the next question comes" shows 'Question 2 of 3'
    killed
    t send-keys -t x b Enter; check "kill -9 of slipway-classd is not noticed" shows 'Question 3 of 3'
    t send-keys -t x m Enter; check "a question can be marked" shows 'Marked'
    t kill-server; sleep 0.2
    check_eq "kill -9 of the screen loses nothing" 2 "$(S exam list --json | jq .open.answered)"
    t -f /dev/null new-session -d -x 100 -y 50 -s x "'$B/slipway' exam take; echo left with \$?; sleep 30"
    check "the attempt goes on" shows 'attempt 5 goes on'
    t send-keys -t x r Enter; check "with its answers and marks" shows '^3 *- *yes'
    t send-keys -t x x Enter; check "finishing asks first" shows 'Finish? .y/N.'
    t send-keys -t x y Enter; check "and gives a result" shows 'left with [02]'
    t kill-server
else
    skip "an exam on a terminal" "tmux is not installed"
fi

# --- time runs out, without anybody asking
check_rc "a short exam is left open" 1 S exam take containers-basics --minutes 0.1 --answers <(echo '{"run-ps":["zz"],"ns-uts":["zz"],"cg-create":["zz"]}' | jq --slurpfile r "$TMP/right.json" '$r[0] + . | map_values(["zz"])')
reason() { sqlite3 "$TMP/class.db" "SELECT reason FROM attempt ORDER BY id DESC LIMIT 1" 2>/dev/null || S exam results --json | jq -r '.[0].state'; }
check "the clock ended it" wait_for 12 eval '[ "$(reason)" = expired ]'
check_eq "and its result can be read" "expired 6" "$(S exam results 6 --json | jq -r '"\(.reason) \(.used_seconds)"')"

# --- the disk is full, read-only, or holds something else
mkdir "$TMP/small"; mount -t tmpfs -o size=16m none "$TMP/small"
school() { SLIPWAY_CLASS_SOCKET=$TMP/small.sock SLIPWAY_CLASS_DB=$1 S "${@:2}"; }
school "$TMP/small/class.db" exam list >/dev/null
school "$TMP/small/class.db" exam take containers-basics --count 5 --answers <(jq 'map_values(["zz"])' "$TMP/right.json") >/dev/null 2>&1
dd if=/dev/zero of="$TMP/small/fill" bs=4k 2>/dev/null
full=$(for _ in $(seq 40); do school "$TMP/small/class.db" exam take containers-basics --answers "$TMP/wrong.json" 2>&1 </dev/null; done | grep -m1 full)
check_match "a full disk is said in one line" "slipway: .*database .*class.db: database or disk is full" "$full"
rm "$TMP/small/fill"
check_match "and is got over when there is room again" "passed" "$(school "$TMP/small/class.db" exam take containers-basics --answers "$TMP/right.json" </dev/null)"
kill "$(cat "$TMP/small.pid")"; wait_for 5 test ! -e "$TMP/small.pid"
umount "$TMP/small"
echo "not a database at all, but a letter to my aunt" >"$TMP/letter.db"
check_rc "a file that is no database is refused" 1 school "$TMP/letter.db" exam list
check_match "in one line" "^slipway: .*file is not a database$" "$(school "$TMP/letter.db" exam list 2>&1 | tail -1)"
check_eq "and left as it is" "not a database at all, but a letter to my aunt" "$(cat "$TMP/letter.db")"
school "$TMP/newer.db" exam list >/dev/null
writer=$(cat "$TMP/small.pid"); kill "$writer"; wait_for 10 eval '! kill -0 $writer' # it may serve for as long as it is there
printf '\0\0\0\143' | dd of="$TMP/newer.db" bs=1 seek=60 conv=notrunc 2>/dev/null
sum=$(sha256sum <"$TMP/newer.db")
check_match "a database of a newer Slipway is refused" "made by a newer Slipway \(schema 99, this one knows [0-9]+\)" "$(school "$TMP/newer.db" exam list 2>&1)"
check_eq "and not touched" "$sum" "$(sha256sum <"$TMP/newer.db")"

finish
