#!/bin/bash
# Every question bank of the course is well written, and every proof in it holds: the keys are run, not believed.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
engine_start

for bank in "$ROOT"/quizzes/*.md; do
    check "$(basename "$bank" .md) is well written" S quiz lint "$bank"
done
S quiz prove --jobs 2 >"$TMP/proofs" 2>&1
grep -E '^(not ok|#)' "$TMP/proofs"
check_eq "no proof fails" 0 "$(grep -c '^not ok' "$TMP/proofs")"
proofs=$(sed -n 's/^# \([0-9]*\) proofs.*/\1/p' "$TMP/proofs")
questions=$(cat "$ROOT"/quizzes/*.md | grep -cE '^## .*\{type=')
check "there are 600 questions: $questions" [ "$questions" -ge 600 ]
check "at least half of them are proven: ${proofs:-none}" [ "$((${proofs:-0} * 2))" -ge "$questions" ]
check_eq "each topic that is asked has three questions" "" \
    "$(cat "$ROOT"/quizzes/*.md | sed -nE 's/^## .*topic=([A-Z0-9]+).*/\1/p' | sort | uniq -c | awk '$1 < 3 {print $2}')"
finish
