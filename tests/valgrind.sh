#!/bin/bash
# `make valgrind-test`: valgrind.sh SLIPWAY-OCI UNIT-TEST...: what of the runtime valgrind can run, free of errors and of lost memory: its
# unit tests, and the commands that make no container. (Debian's valgrind knows no system call of the mount API; containers are made
# under AddressSanitizer and UBSan, by `make asan-test TESTS="10- 12- 13- 18- 19-"`.)
set -u
command -v valgrind >/dev/null || { echo "valgrind-test: needs Debian's package valgrind" >&2; exit 1; }
oci=$1; shift
place=$(mktemp -d /tmp/slt-valgrind-XXXXXX); trap 'rm -rf "$place"' EXIT
failed=0
under() { # under NAME COMMAND...
    local name=$1; shift
    (cd "$place" && timeout 300 valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
        --error-exitcode=99 "$@" </dev/null) >"$place/out" 2>&1
    if [ $? -ne 99 ]; then echo "ok - valgrind: $name"; return; fi
    failed=1; echo "not ok - valgrind: $name"; grep '==' "$place/out" | head -30 | sed 's/^/#   /'
}
for command in spec features list "list -f json" "state none" "kill none" "delete -f none" "exec none true" "ps none" "update none" --version --help \
    "run --help" dance "run -b /nonexistent x" "--log /nonexistent/log list" "--log-format json list" "run a/b"; do
    # shellcheck disable=SC2086
    under "slipway-oci $command" "$oci" --root "$place/root" $command
done
for test; do under "$(basename "$test")" "$test"; done
exit $failed
