#!/bin/bash
# The tests' own tools: a failure is in the exit code, whichever of them a test uses, and in what is told of a machine that ran some.
. "$(dirname "$0")/../lib.sh"

# written NAME LINE...: a test of these lines
written() { printf '%s\n' "cd $ROOT/tests; . ./lib.sh" "${@:2}" >"$TMP/$1.sh"; }
written lib-ok 'check "it" true' finish
written lib-fails 'check "it" false' finish
written oci-ok '. ./oci.sh' 'check "it" true' finish
written oci-fails '. ./oci.sh' 'check "it" false' finish
written oci-ends '. ./oci.sh' 'exit 7'
written at-exit 'at_exit true' 'at_exit false' 'check "it" false' finish
written no-pattern 'check_no_match "it" "[" x' finish
for pair in lib-ok:0 lib-fails:1 no-pattern:1 oci-ok:0 oci-fails:1 oci-ends:7 at-exit:1; do
    check_rc "a test of $pair" "${pair#*:}" env -u SLIPWAY_TEST_INSIDE bash "$TMP/${pair%:*}.sh"
done
a_trap="^ *trap .* EXIT|^ .*' EXIT"
mapfile -t with_lib < <(grep -lE '/(lib|oci)\.sh"' "$ROOT"/tests/{integration,conformance,tui}/*.sh)
check_eq "no test has a trap of its own for its end, which would hide the code" "" \
    "$(grep -lE "$a_trap" "${with_lib[@]}" "$ROOT"/tests/{oci,everyday,uml}.sh)"

# verdict LINE...: what v2.sh says and ends with after the machine has written these. said RC LINE...: it is that code.
verdict() { printf '%s\n' "$@" >"$TMP/log"; bash -euc '. "$1"; verdict "$2" here' - "$ROOT/tests/conformance/v2-verdict.sh" "$TMP/log"; }
said() { local lines; lines=$(printf '; %s' "${@:2}"); check_rc "v2.sh ends with $1 after${lines/;/:}" "$1" verdict "${@:2}"; }
said 0 "ok - a" "skip - b" "v2-guest: exit 0"
said 1 "ok - a" "not ok - b" "v2-guest: exit 1"
said 1 "ok - a" "not ok - b" "v2-guest: exit 0"
said 1 "ok - a" "v2-guest: exit 1"
said 1 "ok - a"
said 1 "v2-guest: exit 0"
said 0 "ok - a" "v2-guest: exit 0"
check_eq "and says how many" "v2: 1 passed, 2 failed, 1 skipped on here" "$(verdict "ok - a" "not ok - b" "not ok - c" "skip - d" "v2-guest: exit 1")"
check_eq "none, too, and that there was no end" "v2: 1 passed, 0 failed, 0 skipped on here v2: the machine did not come to its end" "$(verdict "ok - a" | xargs)"

# A check's pattern means to the shell what it means to grep.
compare() { local ours theirs; matches "$1" "$2"; ours=$?; grep -Eq -- "$1" <<<"$2" 2>/dev/null; theirs=$?; [ $ours = $theirs ] || echo "$1 in $2: $ours, not $theirs"; }
check_eq "what matches" "" "$(while IFS=$'\t' read -r pattern text; do compare "$pattern" "$(printf %b "$text")"; done 2>/dev/null <<'LINES'
^$	
^$	a\n\nb
^b$	a\nb\nc
a.*c	a\nc
{"a"	{"a":1}
\.x\b	a.x y
(a|b)c$	xac
x{2}	ax
\w+ \<foo\>	a foo
^foo|	bar
\[x\]	a[x]
a\|b	a|b
-x	a -x
[	a
ü.$	aüb
LINES
)"
finish
