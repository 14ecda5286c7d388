#!/usr/bin/env bash
# Help of everything, both forms of every command, what is said about wrong input, the manual: compared with
# Docker's own client where it is installed.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
engine_start
LISTS=$(cd "$(dirname "$0")/../conformance" && pwd)

# help: of the program, of each group, of each command, in both forms
S --help >"$TMP/help"
for heading in "Common Commands:" "Management Commands:" "School:" "Commands:" "Global Options:"; do
    check "the help of the program has $heading" grep -qx "$heading" "$TMP/help"
done
check_match "a command in the help" "^  run +Make a container from an image and run it$" "$(cat "$TMP/help")"
check_eq "help and --help are the same" "$(cat "$TMP/help")" "$(S help)"
check_eq "help of a command" "$(S ps --help)" "$(S help ps)"
check_eq "help of a command of a group" "$(S container ls --help)" "$(S help container ls)"
check_match "the usage" "^Usage:  slipway container ls \[OPTIONS\]$" "$(S container list --help)"
check_match "the aliases" "^  slipway container ls, slipway container list, slipway container ps, slipway ps$" "$(S ps --help)"
check_eq "flags are sorted" "$(S run --help | sed -nE 's/^ +(-., )?--([a-z0-9-]+).*/\2/p' | LC_ALL=C sort)" "$(S run --help | sed -nE 's/^ +(-., )?--([a-z0-9-]+).*/\2/p')"
check_eq "no line is wider than 80 columns" "" "$(S run --help | awk 'length > 80')"
check_eq "what is old or a second name is not shown" "" "$({ S stop --help; S run --help; } | grep -E -- '--(net|net-alias|dns-opt|time) ')"
check_eq "a group without a command is help on stderr" "" "$(S container 2>/dev/null)"
check_match "and says what there is" "^  rename +" "$(S container 2>&1)"
check_match "version in short" "^Slipway version [0-9.]+" "$(S -v)"
check_match "as docker it says so" "^Usage:  docker run \[OPTIONS\]" "$("$B/docker" run --help)"
check_match "and in messages" "^docker: 'docker rm' requires at least 1 argument" "$("$B/docker" rm 2>&1)"

shown=0
bad=
for group in $(S --help | sed -n '/^Management/,/^$/p' | awk '/^  /{print $1}'); do
    S "$group" --help >"$TMP/group" || bad="$bad $group"
    while read -r word; do
        S "$group" "$word" --help >"$TMP/one" 2>"$TMP/err" || bad="$bad $group-$word"
        grep -q "^Usage:  slipway $group $word" "$TMP/one" || bad="$bad $group-$word"
        [ -s "$TMP/err" ] && bad="$bad $group-$word:err"
        # every alias of one word has the same help but for its name
        for short in $(sed -n '/^Aliases:/{n;p}' "$TMP/one" | tr ',' '\n' | awk 'NF == 2 {print $2}'); do
            S "$short" --help | tail -n +2 | cmp -s - <(tail -n +2 "$TMP/one") || bad="$bad $short"
        done
        shown=$((shown + 1))
    done < <(sed -n '/^Commands:/,/^$/p' "$TMP/group" | awk '/^  /{print $2 ? $1 : ""}')
done
check_eq "help of $shown commands in their groups, the same in short" "" "$bad"
check "there are many" test "$shown" -gt 45

# what is not there yet is told apart from what does not exist
for command in "swarm init" "service ls" compose "manifest push" "trust sign"; do
    # shellcheck disable=SC2086
    check_match "$command is not yet part of Slipway" "^slipway: not yet part of Slipway: 'slipway ${command%% *}" "$(S $command 2>&1)"
done
check_rc "that is an error" 1 S compose up
check_match "nonsense is unknown" "^slipway: unknown command: slipway nonsense$" "$(S nonsense 2>&1)"

# flags as pflag reads them
check_eq "letters together, the last with its value" "x=1" "$(S run --rm -ie x=1 busybox sh -c 'echo x=$x' </dev/null)"
check_eq "a value behind = after a letter" "x=1" "$(S run --rm -e=x=1 busybox sh -c 'echo x=$x')"
check_eq "a flag can be false" "false" "$(S inspect -f '{{.Config.Tty}}' "$(S create -it=false busybox)")"
check_eq "-- ends the flags" "-x" "$(S run --rm -- busybox echo -x)"
check_eq "flags may follow operands" "0" "$(S rm -f -v 2>/dev/null "$(S create busybox)" --force >/dev/null; echo $?)"
check_match "an old flag still works and says so" "^Flag --time has been deprecated, use --timeout instead$" "$(S stop --time 1 nosuch 2>/dev/null)"
check_match "-h is help, and old" "^Flag shorthand -h has been deprecated, use --help$" "$(S ps -h)"
check_rc "help does not hide a wrong flag" 125 S ps --help --nosuch

# the manual
if command -v man >/dev/null && command -v groff >/dev/null; then
    mkdir -p "$TMP/man/man1" "$TMP/man/man5" "$TMP/man/man8"
    "$B/slipwayd" --help >"$TMP/man/slipwayd.help"
    "$B/slipway-oci" --help >"$TMP/man/slipway-oci.help"
    check "the pages are made" "$B/slipway" __man "$ROOT/engine/cli/man" "$TMP/man"
    check_eq "groff has nothing to say of them" "" "$(cd "$TMP/man" && for page in man*/*; do groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null | head -3; done)"
    check_match "a page has the options" "^ +-m, --memory bytes" "$(MANWIDTH=80 man -l "$TMP/man/man1/slipway-run.1" 2>/dev/null)"
    check_match "the examples" "^EXAMPLES" "$(MANWIDTH=80 man -l "$TMP/man/man1/slipway-run.1" 2>/dev/null)"
    check_match "the engine's has its own" "--data-root" "$(MANWIDTH=80 man -l "$TMP/man/man8/slipwayd.8" 2>/dev/null)"
    check_eq "the long form leads to the page" ".so man1/slipway-run.1" "$(cat "$TMP/man/man1/slipway-container-run.1")"
    commands=$(S __complete "" | grep -cv '^:')
    check "every command has one" test "$(find "$TMP/man/man1" -type f | wc -l)" -gt "$commands"
else
    skip "the manual" "man and groff are not installed"
fi

if ! have_docker || [[ $(D --version) != "Docker version 28."* ]]; then
    skip "comparison with Docker's client" "version 28 is not installed"
    finish
    exit
fi

# wrong input: the same words on stderr, the same exit code
"$B/slipway" rm -f "$("$B/slipway" ps -aq)" >/dev/null 2>&1
compared=0
differ=
while IFS= read -r line; do
    read -ra words <<<"$line"
    DOCKER_HOST=unix:///nonexistent.sock D "${words[@]}" </dev/null >"$TMP/o1" 2>"$TMP/e1" &
    env -u SLIPWAY_HOST DOCKER_HOST=unix:///nonexistent.sock "$B/docker" "${words[@]}" </dev/null >"$TMP/o2" 2>"$TMP/e2"
    ours=$?
    wait $!
    theirs=$?
    sed -i 's/^SRun /Run /' "$TMP/e1" # a slip in 28.2
    compared=$((compared + 1))
    if [ $theirs != $ours ] || ! cmp -s "$TMP/e1" "$TMP/e2"; then
        differ="$differ [$line]"
        diff "$TMP/e1" "$TMP/e2" | sed 's/^/# /' | head -4
    fi
done <"$LISTS/wrong-inputs.txt"
check_eq "$compared wrong inputs are refused in Docker's words" "" "$differ"
finish
