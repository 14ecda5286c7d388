#!/bin/bash
# Every lab of the course: its files are in order, and its checks are proven. Untouched fails, wrong solutions fail with the words that
# help, solutions pass, and nothing of a machine stays. By one learner's parameters, another one's each day; SEEDS=5 by those of five.
. "$(dirname "$0")/../lib.sh"
engine_start

lint=$(S lab lint 2>&1)
check_match "the files of all labs are in order" "^[0-9]+ labs, nothing to say$" "$lint"
from=1
[ -n "${SEEDS:-}" ] || from=$(($(date +%-j) % 5 + 1))
S lab test --jobs 2 --seeds "${SEEDS:-1}" --from "$from" >"$TMP/proof" 2>&1
while IFS= read -r line; do
    case $line in
    "ok - "*) ok "${line#ok - }" ;;
    "not ok - "*) not_ok "${line#not ok - }" ;;
    "#"* | "skip - "*) echo "$line" ;;
    *) not_ok "lab test says only what it proved" "$line" ;;
    esac
done <"$TMP/proof"
check_match "it says how much it has proven" '^# [0-9]+ labs, [0-9]+ proofs' "$(tail -1 "$TMP/proof")"
check_eq "no machine is left" "[]" "$(api GET /slipway/sandboxes | jq -c .)"
check_eq "no cgroup of one either" "" "$(find /sys/fs/cgroup -type d -path "*slipway-$(printf %s "$EXEC" | sha256sum | cut -c1-8)/*" 2>/dev/null | head -3)"
finish
