#!/bin/bash
# `make test`: install what the tests need, build, run unit, integration and UI tests, look for leaks, and say how many passed.
# `tests/run.sh PATTERN` runs only the test programs whose name contains PATTERN.
set -u
cd "$(dirname "$0")/.." || exit 1
only=${1:-}
export BUILD=${BUILD:-build} SLIPWAY_CONTENT=$PWD

./.make/packages.sh test || exit 1
log=$(mktemp) results=$(mktemp)
trap 'rm -f "$log" "$results"' EXIT
if ! ${MAKE:-make} --no-print-directory -s -j"$(nproc)" all unit-test >"$log" 2>&1; then
    grep -E 'error|Error|undefined' -A3 "$log" | head -60
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
# shellcheck source=tests/leaks.sh
. tests/leaks.sh
leaks_before

# A cmocka program reports "[       OK ] name" and "[  FAILED  ] name"; in one line each they look like the scripts' own.
unit() {
    local name out rc
    name=$(basename "$1")
    out=$(timeout 300 "$1" 2>&1 </dev/null); rc=$?
    grep -E '^\[ +(OK|SKIPPED) +\]|^\[ +FAILED +\] [a-z_0-9]+$' <<<"$out" |
        sed -E "s/^\[ +OK +\] /ok - $name: /; s/^\[ +SKIPPED +\] /skip - $name: /; s/^\[ +FAILED +\] /not ok - $name: /" | sort -u
    if [ $rc -ne 0 ]; then
        grep -q 'FAILED' <<<"$out" || echo "not ok - $name: ended with $rc"
        grep -vE '^\[ +(RUN|OK) +\]' <<<"$out" | tail -30 | sed 's/^/#   /'
    fi
}

script() {
    local rc started=$SECONDS
    timeout 600 bash "$1" </dev/null 2>&1; rc=$?
    [ $rc -le 1 ] || echo "not ok - $(basename "$1" .sh): ended with $rc"
    [ $rc -ne 1 ] || tail -1 "$results" >/dev/null
    echo "#   $(basename "$1" .sh): $((SECONDS - started)) s"
}

for test in "$BUILD"/tests/test_*; do
    case $test in *.d | *.o) continue ;; esac
    [ -x "$test" ] && [[ $test == *$only* ]] && unit "$test"
done 2>&1 | tee -a "$results"
for test in tests/integration/*.sh tests/tui/*.sh; do
    [ -e "$test" ] && [[ $test == *$only* ]] && script "$test"
done 2>&1 | tee -a "$results"
leaks_after | tee -a "$results"

count() { grep -c "^$1 - " "$results"; }
failed=$(count "not ok")
if [ "$failed" -gt 0 ]; then
    echo "Failures:"
    grep "^not ok - " "$results"
fi
echo "$(count ok) passed, $failed failed, $(count skip) skipped"
[ "$failed" -eq 0 ]
