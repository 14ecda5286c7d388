#!/bin/bash
# `make test`: install what the tests need, build, run unit, integration and UI tests, look for leaks, and say how many passed.
# `tests/run.sh PATTERN...` runs only the test programs whose name contains one of them.
#
# Two tests run at a time (JOBS=1: one), each in namespaces and directories of its own; what each says is printed whole, in the order of
# their names. Scripts with a line `# beside: why` run one after another beside the two, and are told of when these have ended: many tests
# wait more than they work. What failed is told once more at the end, with the last lines of each: often they are all that is seen of a
# run. PATIENCE: how many times longer than usual something may take before it counts as hanging, for programs that are slow because they
# are watched (`make asan-test`).
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/runner.sh
. tests/runner.sh
only=("$@")
export BUILD=${BUILD:-build} SLIPWAY_CONTENT=$PWD PATIENCE=${PATIENCE:-1}

./.make/packages.sh test || exit 1
out=$(mktemp -d "${TMPDIR:-/tmp}/slipway-test-XXXXXX")
trap 'rm -rf "$out"' EXIT
trap 'job=; for job in $(jobs -p); do kill -TERM "$job" $(pgrep -P "$job"); done; exit 130' INT TERM
if ! ${MAKE:-make} --no-print-directory -s -j"$(nproc)" all unit-test >"$out/log" 2>&1; then
    grep -aE 'error|Error|undefined' -A3 "$out/log" | head -60
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
# shellcheck source=tests/leaks.sh
. tests/leaks.sh
leaks_before

is_beside() { [[ $1 == *.sh ]] && grep -q '^# beside: ' "$1"; }

unit() {
    local name out rc
    name=$(basename "$1")
    out=$(timeout $((300 * PATIENCE)) "$1" 2>&1 </dev/null); rc=$?
    cmocka_lines "$name" <<<"$out"
    if [ $rc -ne 0 ]; then
        grep -aq FAILED <<<"$out" || echo "not ok - $name: ended with $rc"
        grep -avE '^\[ +(RUN|OK) +\]' <<<"$out" | tail -30 | sed 's/^/#   /'
    fi
}

script() {
    local rc started=$SECONDS limit=600
    is_beside "$1" && limit=1200
    timeout $((limit * PATIENCE)) bash "$1" </dev/null 2>&1; rc=$?
    [ $rc -le 1 ] || echo "not ok - $(basename "$1" .sh): ended with $rc"
    echo "#   $(basename "$1" .sh): $((SECONDS - started)) s"
}

# The result appears whole, when it is complete.
run() {
    case $1 in *.sh) script "$1" ;; *) unit "$1" ;; esac >"$out/$2.part" 2>&1
    mv "$out/$2.part" "$out/$2"
}

# What is done is printed as soon as everything before it is.
printed=0
print_done() {
    while [ -e "$out/$printed" ]; do
        cat "$out/$printed"
        printed=$((printed + 1))
    done
}

started=0 running=0
beside_pid="" ended=""
await() {
    while [ $running -gt "$1" ]; do
        wait -n -p ended
        [ "$ended" = "$beside_pid" ] || running=$((running - 1))
        print_done
    done
}
start() {
    await $((${JOBS:-2} - 1))
    run "$1" $started &
    started=$((started + 1)) running=$((running + 1))
}

together=() beside=()
for test in "$BUILD"/tests/test_* tests/integration/*.sh tests/tui/*.sh; do
    case $test in *.d | *.o) continue ;; esac
    [ -e "$test" ] || continue
    wanted "$test" || continue
    if [ "${JOBS:-2}" -gt 1 ] && is_beside "$test"; then beside+=("$test"); else together+=("$test"); fi
done
if [ ${#beside[@]} -gt 0 ]; then
    for i in "${!beside[@]}"; do run "${beside[i]}" $((${#together[@]} + i)); done &
    beside_pid=$!
fi
for test in "${together[@]}"; do start "$test"; done
await 0
[ -z "$beside_pid" ] || wait "$beside_pid"
print_done
started=$((started + ${#beside[@]}))
leaks_after | tee "$out/$started"

cat "$out"/[0-9]* >"$out/all"
count() { grep -ac "^$1 - " "$out/all"; }
failed=$(count "not ok")
if [ "$failed" -gt 0 ]; then
    echo "Failures:"
    for ((i = 0; i <= started; i++)); do
        grep -aq "^not ok - " "$out/$i" || continue
        grep -aA12 "^not ok - " "$out/$i" | grep -avE '^(ok|skip) - ' | head -60
        tail -5 "$out/$i" | sed 's/^/#   last: /'
    done
    echo "Failed:"
    grep -a "^not ok - " "$out/all"
fi
echo "$(count ok) passed, $failed failed, $(count skip) skipped, in $SECONDS s"
[ "$failed" -eq 0 ]
