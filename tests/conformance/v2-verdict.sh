# Sourced by v2.sh. verdict LOG WHERE: what came of the tests in that machine, in one line; 0 when it told of its end, all its scripts
# ended with 0, something was tried and nothing failed.
# shellcheck shell=bash
verdict() {
    local code passed failed skipped
    count() { grep -ac "^$1 - " "$2" || true; } # for callers that end at the first command that fails
    code=$(sed -n 's/^v2-guest: exit //p' "$1" | tail -1)
    passed=$(count ok "$1") failed=$(count "not ok" "$1") skipped=$(count skip "$1")
    echo "v2: $passed passed, $failed failed, $skipped skipped on $2"
    [ -n "$code" ] || echo "v2: the machine did not come to its end"
    [ "$code" = 0 ] && [ $((passed + skipped)) -gt 0 ] && [ "$failed" = 0 ]
}
