#!/bin/bash
# Quizzes as an instructor sets them, a mock exam, and practice, from the command line. No engine is needed.
. "$(dirname "$0")/../lib.sh"
export SLIPWAY_CONTENT=$ROOT
lines() { printf '%s\n' "$@"; }
cat >"$TMP/types.md" <<'MD'
---
id: types
title: Types
domain: foundations
version: 1
licence: MIT
---
## or {type=ordering level=1 topic=K01 objective=o}

Which order?

1. zeta
   > z
2. alpha
   > a

## co {type=command level=2 topic=K01 objective=o}

Which command?

- [x] docker run -d --name web nginx
  > That is it.
- [ ] docker run --name web nginx
  > It stays in the foreground.
MD
check "lint takes it" S quiz lint "$TMP/types.md"
cp "$TMP/types.md" "$TMP/again.md"
check_match "two banks of one id are none" 'again.md:1: the id types is that of .*/types.md' "$(S quiz lint "$TMP/types.md" "$TMP/again.md" 2>&1)"
sed 's/^Which order?/Which [order](order.md), and ![which](a.png)?/; s/^id: types/id: linked/' "$TMP/types.md" >"$TMP/linked.md"
out=$(S quiz lint "$TMP/linked.md" 2>&1)
check_match "a link to a file leads nowhere" 'linked.md:8: the link "order.md" leads nowhere' "$out"
check_match "and a picture is not shown" 'linked.md:8: the picture "a.png" is not shown' "$out"
S exam import "$TMP/types.md" >/dev/null

# --- settings
echo '{"title":"Week 1","draw":[{"bank":"types","level":2,"count":1}],"attempts":1,"password":"sesame","opens":"2020-01-01T00:00:00Z"}' >"$TMP/quiz.json"
check "a quiz is set" S quiz set week-1 "$TMP/quiz.json"
check_match "and listed" '^week-1 +60 +0 of 1 +- +2020-01-01T00:00 +- +Week 1' "$(S quiz list)"
check_match "without its password nobody begins" "has a password, and this is not it" "$(lines x | S exam take --lines --quiz week-1 2>&1)"
out=$(lines '= docker run --name=web --detach nginx' x y | S exam take --lines --quiz week-1 --password sesame)
check_match "a command in another order is right" 'Attempt 1, Week 1: 1 of 1 right, 100 %, passed' "$out"
check_match "its attempts are counted" "allows 1 attempt, and you used 1" "$(lines x | S exam take --lines --quiz week-1 --password sesame 2>&1)"
check_match "and graded" '^week-1 +60 +1 of 1 +100 % ' "$(S quiz list)"
refused() { echo "$2" >"$TMP/bad.json"; check_match "$1" "$3" "$(S quiz set bad "$TMP/bad.json" 2>&1)"; }
refused "no questions" '{}' 'needs "draw"'
refused "a time that is none" '{"draw":[],"closes":"noon"}' '"noon" is no time'
refused "an unknown setting" '{"draw":[{"bank":"types","count":1}],"colour":1}' 'no setting "colour"'
refused "more questions than there are" '{"draw":[{"bank":"types","count":9}]}' 'the banks have 2 questions for it'
refused "no JSON" 'draw' 'bad.json'
check "a quiz is removed" S quiz remove week-1
check_rc "once" 1 S quiz remove week-1

# --- practice
sed '/^## or/,/^## co/{/^## co/!d}; s/^id: types/id: one/' "$TMP/types.md" >"$TMP/one.md"
S exam import "$TMP/one.md" >/dev/null
out=$(lines nonsense '= docker run --name web nginx' q | S quiz practice one)
check_match "what others get wrong is explained" 'It stays in the foreground' "$out"
check_match "and how many were right" '0 of 1 right' "$out"
check_rc "practice needs a bank or a topic" 1 S quiz practice
check_match "an unknown topic has no questions" "no bank has questions on that" "$(S quiz practice --topic X99 2>&1 </dev/null)"

# --- the mock exam: all domains that the banks have
out=$(lines y n q | S exam take --lines --mock)
check_match "a mock exam" 'Mock exam: Docker Certified Associate: attempt 2, [0-9]+ questions, 1:(29|30):[0-9]+ left, pass mark 65 %' "$out"
check_match "it is for the version that the course teaches" 'Questions that are true for Docker 20\.10' "$out"
check_match "for another engine there has to be one" 'Cannot connect to the Docker daemon' "$(DOCKER_HOST=unix://$TMP/none.sock "$B/slipway" quiz practice --engine here types 2>&1 </dev/null)"
check_match "or a version" 'is a version, as 20.10, or any, not "new"' "$(S quiz practice --engine new types 2>&1 </dev/null)"
check_match "is found again" 'attempt 2 goes on' "$(lines q | S exam take --lines)"
check_match "and its questions answer nobody meanwhile" 'is running; answers are shown when it is finished' "$(lines a | S quiz practice containers-basics 2>&1)"
sqlite3 -readonly "$TMP/class.db" "SELECT sum(domc > 0), count(*) FROM attempt_item WHERE attempt = 2" >"$TMP/share" 2>/dev/null
check_eq "42 of 55 one option at a time" "42|55" "$(cat "$TMP/share")"
finish
