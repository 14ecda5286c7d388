#!/usr/bin/env bash
# Completion as the shells do it: bash for real, with what stands in COMPREPLY; zsh and fish where they are installed.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
engine_start
S run -d --name cmp-web busybox sleep 1000 >/dev/null
S create --name cmp-made busybox >/dev/null
S volume create cmp-vol >/dev/null
S completion bash >"$TMP/slipway.bash"
PATH=$B:$PATH

# What bash offers for a line with the cursor at its end; one candidate a line, sorted.
offered() {
    bash --norc -c '
        source "$1"
        COMP_LINE=$2 COMP_POINT=${#2}
        # the words as readline makes them: split at spaces, = and :
        COMP_WORDS=()
        line=$2
        while [[ -n $line ]]; do
            case $line in
            [[:space:]]*) line=${line#?}; [[ -z $line ]] && COMP_WORDS+=("") ;;
            [=:]*) COMP_WORDS+=("${line:0:1}"); line=${line:1}; [[ -z $line ]] && COMP_WORDS+=("") ;;
            *) piece=${line%%[=:[:space:]]*}; COMP_WORDS+=("$piece"); line=${line#"$piece"} ;;
            esac
        done
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { :; }
        _slipway_complete
        printf "%s\n" "${COMPREPLY[@]}"' - "$TMP/slipway.bash" "$1" | sort | tr '\n' ' ' | sed 's/ $//'
}

check_eq "a command" "rename restart" "$(offered "slipway re")"
check_eq "a command of a group" "logs ls" "$(offered "slipway container l")"
check_eq "a group" "container" "$(offered "slipway contai")"
check_match "all commands" "attach.* container .*run.* version.* volume" "$(offered "slipway ")"
check_eq "a flag" "--memory --memory-reservation --memory-swap --memory-swappiness" "$(offered "slipway run --memory")"
check_match "the letters too" "^--add-host .* -d .*-v -w$" "$(offered "slipway container run -" | LC_ALL=C sed 's/^/&/')"
check_eq "no flag that is old" "--timeout" "$(offered "slipway stop --time")"
check_eq "a value of a known set" "always" "$(offered "slipway run --restart a")"
check_eq "the same behind =" "always" "$(offered "slipway run --restart=a")"
check_eq "a running container" "cmp-web" "$(offered "slipway stop cmp-")"
check_eq "one that can be started" "cmp-made" "$(offered "slipway start cmp-")"
check_eq "any container" "cmp-made cmp-web" "$(offered "slipway rm -f cmp-")"
check_eq "one more of them" "cmp-made cmp-web" "$(offered "slipway rm cmp-web cmp-")"
check_eq "only one where one is wanted" "" "$(offered "slipway logs cmp-web cmp-")"
check_eq "an image" "busybox" "$(offered "slipway run --rm -it busy")"
check_eq "an image with its tag" "latest" "$(offered "slipway run busybox:l")"
check_eq "flags end at the image" "" "$(offered "slipway run busybox --mem")"
check_eq "a volume" "cmp-vol" "$(offered "slipway volume rm cmp")"
check_eq "a network" "bridge" "$(offered "slipway network inspect br")"
check_eq "a network as the value of a flag" "bridge" "$(offered "slipway run --network br")"
check_eq "a network, then a container" "bridge / cmp-made cmp-web" "$(offered "slipway network connect br") / $(offered "slipway network connect bridge cmp-")"
check_eq "drivers of networks" "macvlan" "$(offered "slipway network create -d m")"
check_eq "an object of any kind" "cmp-made cmp-vol cmp-web" "$(offered "slipway inspect cmp")"
check_eq "the value of a flag is no operand" "cmp-web" "$(offered "slipway exec -e A=1 -w /tmp cmp-")"
check_eq "help is of commands" "rename restart" "$(offered "slipway help re")"
check_eq "shells" "bash fish zsh" "$(offered "slipway completion ")"
check_match "lessons" "what-a-container-is" "$(offered "slipway lesson show ")"
check_eq "flags of the school" "--json" "$(offered "slipway lesson list --j")"
check_eq "another engine's names are not ours" "" "$(offered "slipway -H unix:///nowhere rm cmp-")"
touch "$TMP/file-to-import.tar"
check_eq "files where files are wanted" "$TMP/file-to-import.tar" "$(offered "slipway import $TMP/file")"
check_eq "nothing for a command that is none" "" "$(offered "slipway nosuch --")"
check_eq "nor for nonsense" "" "$(offered "slipway run --=")"
check_eq "a value that is not begun" "always no on-failure unless-stopped" "$(offered "slipway run --restart=")"

# every flag of every command is offered, and asking for that runs nothing
commands=0
bad=
for group in "" $(S --help | sed -n '/^Management/,/^$/p' | awk '/^  /{print $1}') lab lesson exam quiz; do
    # shellcheck disable=SC2086
    for word in $(S __complete $group "" | grep -v '^:' | cut -f1); do
        # shellcheck disable=SC2086
        S __complete $group "$word" -- >"$TMP/flags" 2>"$TMP/errors" </dev/null
        commands=$((commands + 1))
        [ -s "$TMP/errors" ] && bad="$bad $group:$word"
    done
done
check_eq "describing $commands commands runs none of them" "" "$bad"
check_eq "nothing came or went" "cmp-made cmp-web" "$(S ps -a --format '{{.Names}}' | sort | tr '\n' ' ' | sed 's/ $//')"

# an engine that takes connections and says nothing
python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); time.sleep(30)' "$TMP/mute.sock" 2>/dev/null &
mute=$!
wait_for 5 test -S "$TMP/mute.sock"
start=$(date +%s%N)
S -H "unix://$TMP/mute.sock" __complete rm "" >/dev/null
check "a silent engine is given up after a second" test $((($(date +%s%N) - start) / 1000000)) -lt 6000
kill $mute; wait $mute 2>/dev/null

check_match "called docker, the script is docker's" "complete -F _docker_complete docker" "$("$B/docker" completion bash)"
check_rc "there is no script for other shells" 1 S completion tcsh
if command -v zsh >/dev/null; then
    S completion zsh >"$TMP/_slipway"
    check "the script for zsh is zsh" zsh -n "$TMP/_slipway"
    check_match "and completes there" "rename" "$(zsh -fc "autoload -U compinit; compinit -D -d '$TMP/dump'; source '$TMP/_slipway'
        words=(slipway re) CURRENT=2
        _describe() { print -l -- \${(P)2}; }
        _slipway" 2>&1)"
else
    skip "zsh" "it is not installed"
fi
if command -v fish >/dev/null; then
    S completion fish >"$TMP/slipway.fish"
    check_match "fish completes" "rename" "$(HOME=$TMP fish --no-config -c "source $TMP/slipway.fish; complete -C 'slipway re'" 2>&1)"
else
    skip "fish" "it is not installed"
fi
S rm -f cmp-web cmp-made >/dev/null
check_eq "values of --progress" "auto plain tty" "$(S __complete build --progress "" | grep -v '^:' | cut -f1 | xargs)"
check_eq "a file for save -o" ":files" "$(S __complete save -o "" | tail -1)"
check_eq "what there is of buildx" "build prune" "$(S __complete buildx "" | grep -v '^:' | cut -f1 | sort | xargs)"
finish
