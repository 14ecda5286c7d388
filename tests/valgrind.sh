#!/bin/bash
# `make valgrind-test`: valgrind.sh [PATTERN...]: the unit tests, the runtime's commands and its whole suite under valgrind's memcheck,
# without an error and without lost memory.
#
# No valgrind knows each system call that the runtime makes (Debian 12's none of the mount API). tests/valgrind.c, loaded beside, calls
# past it those that it does not know, and the last lines here say which they were. Hooks, and what runs in containers, are not watched.
set -u
cd "$(dirname "$0")/.." || exit 1
export VALGRIND=${VALGRIND:-valgrind} BUILD=${BUILD:-build} SLIPWAY_CONTENT=$PWD PATIENCE=20
watched=$(realpath "$BUILD/valgrind"); export watched
only=("$@")
. tests/runner.sh
command -v "$VALGRIND" >/dev/null || { echo "valgrind-test: needs Debian's package valgrind" >&2; exit 1; }
PLACE=$(mktemp -d /tmp/slt-valgrind-XXXXXX); trap 'rm -rf "$PLACE"' EXIT
export PLACE; chmod 755 "$PLACE"

# world DIRECTORY: the programs as they are, but for the runtime, which is watched wherever it is started, under whatever name; `watch`,
# which starts a program so (the log is open before it begins: from inside of a container no path leads there); and a `timeout` with
# patience, as the tests' own guards against hanging are for programs at their full speed.
world() {
    mkdir -p "$1/bin" "$1/names" "$1/logs"; chmod 755 "$1" "$1/bin"; chmod 1777 "$1/names" "$1/logs"
    for program in "$BUILD"/*; do ln -s "$(realpath -s "$program")" "$1/bin"; done
    cat >"$1/bin/watch" <<END
#!/bin/bash
export LD_PRELOAD=$watched/beside.so
exec $VALGRIND -q --vgdb=no --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \\
    --num-callers=20 --suppressions=$PWD/tests/valgrind.supp --log-fd=19 -- "\$@" 19>"$1/logs/\$\$"
END
    rm "$1/bin/slipway-oci"
    cat >"$1/bin/slipway-oci" <<END
#!/bin/bash
name=$1/names/\${0##*/}
[ -e "\$name" ] || ln -sf $watched/slipway-oci "\$name"
exec $1/bin/watch "\$name" "\$@"
END
    cat >"$1/bin/timeout" <<END
#!/bin/bash
times=()
while [[ \$1 == [-0-9]* ]]; do [[ \$1 =~ ^[0-9]+$ ]] && times+=(\$((\$1 * $PATIENCE))) || times+=("\$1"); shift; done
exec /usr/bin/timeout "\${times[@]}" "\$@"
END
    chmod 755 "$1"/bin/{watch,slipway-oci,timeout}
}

# found LOG...: the errors in them, each once. Lost memory counts in the process that the log is named after: its children leave by
# _exit or exec, with all of their parent's that they had no more use for.
found() {
    awk 'FNR == 1 { parts = split(FILENAME, part, "/"); main = part[parts] }
        match($0, /^==[0-9]+== ?/) {
            line = substr($0, RLENGTH + 1); pid = substr($0, 3); sub(/==.*/, "", pid)
            if (line ~ /^ *$/) tell(pid); else block[pid] = block[pid] line "\n"
        }
        END { for (pid in block) tell(pid) }
        function tell(pid) {
            if (block[pid] != "" && block[pid] !~ /^Warning:/ && (pid == main || block[pid] !~ / lost in loss record /) && !seen[block[pid]]++)
                printf "%s\n", block[pid]
            block[pid] = ""
        }' "$@" </dev/null
}

# verdict WORLD NAME: what valgrind says
verdict() {
    local errors
    errors=$(found "$1"/logs/*)
    if [ -z "$errors" ]; then echo "ok - valgrind: $2"; return; fi
    echo "not ok - valgrind: $2"; head -80 <<<"$errors" | sed 's/^/#   /'
}

a_command() { # one that makes no container
    # shellcheck disable=SC2086
    (cd "$1/logs" && timeout 300 "$1/bin/slipway-oci" --root "$1/root" $2 >/dev/null 2>&1 </dev/null)
    verdict "$1" "slipway-oci $2"
}

# What valgrind cannot do, and why.
declare -A beyond=([test_confine]="valgrind dies in a process that may hardly call the kernel any more")

a_unit() {
    local rc
    timeout 1200 "$1/bin/watch" "$BUILD/tests/$2" >"$1/out" 2>&1 </dev/null; rc=$?
    cmocka_lines "$2" <"$1/out"
    [ $rc = 0 ] || { echo "not ok - $2: ended with $rc"; grep -vE '^\[ +(RUN|OK) +\]' "$1/out" | tail -30 | sed 's/^/#   /'; }
    verdict "$1" "$2"
}

a_script() {
    local rc
    BUILD=$1/bin timeout 7200 bash "tests/integration/$2" </dev/null 2>&1; rc=$?
    [ $rc -le 1 ] || echo "not ok - $2: ended with $rc"
    verdict "$1" "$2"
}

# one KIND NAME NUMBER: told whole, when it is over
one() {
    local began=$SECONDS
    world "$PLACE/$3"
    "a_$1" "$PLACE/$3" "$2" >"$PLACE/$3/told" 2>&1
    cat "$PLACE/$3/told"
    echo "#   $2: $((SECONDS - began)) s"
}
export -f cmocka_lines world found verdict a_command a_unit a_script one

list() {
    local name
    for name in spec features list "list -f json" "state none" "kill none" "delete -f none" "exec none true" "ps none" "update none" --version \
        --help "run --help" dance "run -b /nonexistent x" "--log /nonexistent/log list" "--log-format json list" "run a/b"; do
        wanted "slipway-oci $name" && printf 'command\n%s\n' "$name"
    done
    for name in "$BUILD"/tests/test_* tests/integration/{10,11,13}-oci*.sh; do
        name=${name##*/}
        [ -z "${beyond[$name]:-}" ] || continue
        case $name in *.[do]) ;; *.sh) wanted "$name" && printf 'script\n%s\n' "$name" ;; *) wanted "$name" && printf 'unit\n%s\n' "$name" ;; esac
    done
}
n=0
list | while read -r kind && read -r name; do n=$((n + 1)); printf '%s\0%s\0%s\0' "$kind" "$name" "$n"; done |
    xargs -r -0 -n 3 -P "${JOBS:-2}" bash -c 'one "$@"' bash | tee "$PLACE/all"

for name in "${!beyond[@]}"; do wanted "$name" && echo "skip - $name (${beyond[$name]})" | tee -a "$PLACE/all"; done
count() { grep -ac "^$1 - " "$PLACE/all"; }
grep -a "^not ok - " "$PLACE/all" | sed '1i Failed:'
number() { awk -v n="$1" '$2 ~ /^__NR_/ && $3 == n {print substr($2, 6)}' /usr/include/*/asm/unistd_64.h /usr/include/asm-generic/unistd.h 2>/dev/null | head -1; }
unknown=$(cat "$PLACE"/*/logs/* | sed -n 's/.*unhandled .*-linux syscall: //p' | sort -un | while read -r n; do number "$n"; done | xargs)
echo "$("$VALGRIND" --version) called past it: ${unknown:-nothing}"
echo "$(count ok) passed, $(count "not ok") failed, $(count skip) skipped, in $SECONDS s"
[ "$(count "not ok")" = 0 ]
