# Sourced by tests of the command line against canned_engine.py: what our client and a real docker make of the same answers. Needs
# tests/lib.sh before it.
# shellcheck shell=bash

CANNED=$TMP/canned
CANNED_SOCK=$TMP/canned.sock

canned_start() {
    mkdir -p "$CANNED/home" "$CANNED/config"
    : >"$CANNED/answers"
    python3 -B "$ROOT/tests/canned_engine.py" "$CANNED_SOCK" "$CANNED" >"$CANNED/log" 2>&1 &
    CANNED_PID=$!
    disown
    wait_for 10 curl -fs --unix-socket "$CANNED_SOCK" http://d/_ping || { not_ok "the canned engine starts" "$(cat "$CANNED/log")"; exit 1; }
}
canned_stop() { kill "$CANNED_PID" 2>/dev/null; }

# answer METHOD REGEX STATUS <body: what requests get that match; the first that was given counts.
answer() {
    local name
    name=answer-$(wc -l <"$CANNED/answers")
    cat >"$CANNED/$name"
    echo "$1 $2 $3 $name" >>"$CANNED/answers"
}

# said CLIENT ARGUMENTS...: what the client prints, its exit code and what it has asked for. With COLUMNS_WIDE it has a terminal of so
# many columns, with INPUT a file as its standard input.
said() {
    local client=$1 out=$CANNED/said; shift
    : >"$CANNED/requests"
    local environment=(env HOME="$CANNED/home" DOCKER_CONFIG="$CANNED/config" DOCKER_HOST="unix://$CANNED_SOCK" DOCKER_BUILDKIT=0
        DOCKER_CLI_HINTS=false)
    if [ -n "${COLUMNS_WIDE:-}" ]; then
        "${environment[@]}" script -qec "stty cols $COLUMNS_WIDE rows 40; exec $(printf '%q ' "$client" "$@")" /dev/null \
            <"${INPUT:-/dev/null}" >"$out.1" 2>"$out.2"
    else
        "${environment[@]}" "$client" "$@" <"${INPUT:-/dev/null}" >"$out.1" 2>"$out.2"
    fi
    echo "exit $?"
    # What docker says of its own builder, and the order of filters, are its own affair.
    sed -e '/^DEPRECATED: The legacy/,/^\r\?$/d' "$out.1" | cat -A
    echo "-- stderr"
    sed -e '/^DEPRECATED: The legacy/,/^\r\?$/d' "$out.2" | cat -A
    echo "-- asked"
    # Slipway offers its engine files to read before it sends them.
    grep -v -e '/_ping$' -e ' /slipway/images/load' "$CANNED/requests" | sed -E 's/\.dockerfile\.[0-9a-f]{20}/.dockerfile.X/'
}

ours() { said "$B/docker" "$@"; }

# same NAME ARGUMENTS...: both clients say, do and ask the same.
same() {
    local name=$1 theirs mine; shift
    have_docker || { skip "$name" "there is no docker"; return; }
    theirs=$(said "$REAL_DOCKER" "$@")
    mine=$(ours "$@")
    check_eq "$name" "$theirs" "$mine"
}

# What was asked last, and its head and body.
last_number() { wc -l <"$CANNED/requests"; }
newest() { find "$CANNED" -name "$1-*" -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-; }
sent_head() { grep -i "^$1:" "$(newest head)" | sed 's/^[^:]*: *//' | tr -d '\r'; }
