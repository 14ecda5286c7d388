#!/bin/bash
# Proofs of questions: what is right is proven, a wrong key and a proof that proves nothing are found.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
engine_start

head='---
id: proofs
title: Proofs
domain: networking
version: 1
licence: MIT
pass: 65
---'
question() { # id, the proof's fence with its text; the second of three options is the key
    printf '\n## %s {type=single level=1 topic=N02 objective=proofs}\n\nWhich one does it?\n\n' "$1"
    printf -- '- [ ] the first way\n  > no\n- [x] the second one\n  > yes\n- [ ] the third way\n  > no\n\n```%s\n```\n' "$2"
}
bank() { { echo "$head"; cat; } >"$TMP/bank.md"; }
prove() { S quiz prove "$@" "$TMP/bank.md" 2>&1; }

ways='proof options
%setup
docker create --name base busybox
%before
docker inspect base
%check
[ "$(docker inspect -f "{{.HostConfig.Memory}}" made)" = 67108864 ]
%option 1
docker create --name made --memory 64 busybox
%option 2
docker create --name made --memory 64m busybox
%option 3
docker create --name made busybox --memory 64m'
{
    question ways "$ways"
    question code 'proof
ends() { docker run --rm busybox sh -c "exit 7"; [ $? = 7 ]; }
expect "its own code" ends
refuse "no such image" docker run --rm nothing:here true'
} | bank
out=$(prove)
check_eq "what is right is proven, with gates" "ok - proofs/ways: option 1 does not do it
ok - proofs/ways: option 2 does it
ok - proofs/ways: option 3 does not do it
ok - proofs/ways: an engine that does nothing does not pass
ok - proofs/code: the key is right
ok - proofs/code: an engine that does nothing does not pass" "$(grep '^ok' <<<"$out")"
check_match "and counted" '^# 2 proofs, 6 runs, 0 failed in ' "$out"
no_machine() { [ "$(api GET /slipway/sandboxes | jq length)" = 0 ]; }
check "no machine is left" wait_for 10 no_machine
check_match "one question alone" '^# 1 proofs, 2 runs' "$(prove --question code)"
check_match "without gates" '^# 2 proofs, 4 runs' "$(prove --no-gates)"
check_eq "a question that is none" "slipway: no question nope with a proof is in these banks" "$(prove --question nope)"
check_eq "--jobs out of bounds" "slipway: --jobs is 1 to 16" "$(prove --jobs 99 | head -1)"

S create --name mine busybox >/dev/null
check_match "on this machine, against any engine" '^# 2 proofs, 4 runs, 0 failed' "$(prove --here)"
check_eq "which has what it had before" "mine" "$(S ps -a --format '{{.Names}}')"
S rm mine >/dev/null

question wrong "${ways/64m busybox/63m busybox}" | bank
out=$(prove)
check_match "a key that does nothing fails" '^not ok - proofs/wrong: option 2 does it$' "$out"
check_match "in words" '^#   it did not do what was asked for' "$out"
question two "${ways/busybox --memory 64m/--memory 64m busybox}" | bank
check_match "a distractor that works fails" '^not ok - proofs/two: option 3 does not do it' "$(prove)"
question true-already "${ways/\[ \"*67108864 \]/true}" | bank
check_match "a check that is always true fails" "^#   its check succeeds before the option" "$(prove)"
question broken "${ways/docker inspect base/docker inspect nothing}" | bank
check_match "what must hold before" '^#   what must hold before the option does not' "$(prove)"
question lie 'proof
expect "two and two" test 4 = 5
expect "is there" docker inspect busybox' | bank
check_match "a statement that is wrong" '^#   expected, and it failed: two and two: test 4 = 5' "$(prove)"
question lazy 'proof
expect "asks only whether docker says yes" docker version' | bank
check_match "a proof that an idle engine passes" '^#   it holds with an engine that does nothing and says yes' "$(prove)"
question empty 'proof
docker version' | bank
check_match "one that expects nothing" 'expects nothing' "$(prove)"
question short 'proof options
%check
true
%option 1
true' | bank
check_match "a section that is missing" 'has 1 of 3 options; write a %option for each' "$(prove)"
question slow 'proof
expect "in time" sleep 100' | bank
check_match "one that hangs is ended" 'not ok - proofs/slow' "$(prove)"
check_rc "failures are an exit code" 1 S quiz prove "$TMP/bank.md"
finish
