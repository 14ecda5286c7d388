#!/bin/bash
# Learning by repetition, statistics, and banks from and to other formats, as a user meets them.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
export SLIPWAY_CONTENT=$ROOT SLIPWAY_CLASS_SOCKET=$TMP/class.sock SLIPWAY_CLASS_DB=$TMP/class.db SLIPWAY_CLASS=none

printf '::one::Which?{=right#yes ~wrong#no}\n\n::two::Pairs{=a -> 1 =b -> 2}\n' >"$TMP/in.gift"
check "a GIFT file becomes a bank" "$B/slipway" quiz import "$TMP/in.gift" --topic C01 -o "$TMP/in.md"
check "it is a good one" grep -q '^## one {type=single level=1 topic=C01}$' "$TMP/in.md"
"$B/slipway" quiz export --format moodle-xml "$TMP/in.md" >"$TMP/out.xml" 2>"$TMP/notes"
"$B/slipway" quiz import "$TMP/out.xml" -o "$TMP/back.md"
check "by Moodle XML it comes back the same" cmp "$TMP/in.md" "$TMP/back.md"
printf 'Which?{=a ~b\n' >"$TMP/bad.gift"
"$B/slipway" quiz import "$TMP/bad.gift" -o "$TMP/bad.md" 2>"$TMP/errors"; code=$?
check "a bad file is refused" [ $code = 1 ]
check "with its place" grep -q 'bad.gift:1: the braces of this question do not close' "$TMP/errors"
check "and nothing is written" [ ! -e "$TMP/bad.md" ]

check "what was never asked is not due" sh -c "'$B/slipway' quiz due --json | jq -e '.due == 0 and (.domains | length) > 0'"
printf 'a\nq\n' | "$B/slipway" exam learn -n 2 >"$TMP/learned"
check "an answer is judged and the next review told" grep -Eq '^Next review: in (1 minute|10 minutes)\.$' "$TMP/learned"
check "and it is a card now" sh -c "'$B/slipway' quiz due --json | jq -e '[.domains[].seen] | add == 1'"

echo '{}' >"$TMP/answers"
"$B/slipway" exam take -n 3 --answers "$TMP/answers" containers-basics >/dev/null
check "statistics of a bank" sh -c "'$B/slipway' exam statistics --json containers-basics | jq -e '.test.attempts == 1 and (.items | length) == 3'"
check "and as CSV" sh -c "'$B/slipway' exam statistics --csv containers-basics | head -1 | grep -q '^id,type,topic'"
finish
