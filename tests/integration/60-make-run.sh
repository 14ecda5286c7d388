#!/bin/bash
# `make run` as a newcomer meets it, with a socket, roots and a bridge of its own. The UI itself is driven by the tests in tests/tui/.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1

export SLIPWAY_SOCKET=$SOCK SLIPWAY_LOG=$TMP/engine.log
export SLIPWAYD_OPTIONS="--data-root $DATA --exec-root $EXEC --bridge slt0 --bip 10.213.0.1/24"
first=$(make run 2>&1 </dev/null)
check_eq "it succeeds without a terminal" 0 $?
check_match "and says that it started the engine" "started the engine at $SOCK" "$first"
check_match "and how to go on" "Open the UI in a terminal: .*$B/slipway|Open the UI in a terminal:" "$first"
export SLIPWAY_HOST=unix://$SOCK DOCKER_HOST=unix://$SOCK
ENGINE_PID=$(pgrep -f -- "slipwayd -H unix://$SOCK")
check "the engine answers" curl -fs --unix-socket "$SOCK" http://d/_ping
check "an image is there without a network" wait_for 10 sh -c "'$B/slipway' images -q busybox | grep -q ."
check_eq "and a container runs" "hello" "$(S run --rm busybox echo hello)"

from=${EPOCHREALTIME/./}
second=$(make run 2>&1 </dev/null)
took=$(((${EPOCHREALTIME/./} - from) / 1000))
check_match "a second run finds the engine" "found the engine at $SOCK" "$second"
check_no_match "and builds nothing" "built" "$second"
echo "#   a second make run with nothing to do took $took ms (2000 promised)"
check_eq "one engine runs, not two" 1 "$(pgrep -fc -- "slipwayd -H unix://$SOCK")"

kill -TERM "$ENGINE_PID"; wait_for 5 sh -c "! kill -0 $ENGINE_PID" ; ENGINE_PID=
bad=$(SLIPWAYD_OPTIONS="--no-such-flag" make run 2>&1 </dev/null)
check_match "an engine that cannot start is told with its reason" "unknown flag: --no-such-flag" "$bad"
finish
