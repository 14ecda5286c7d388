#!/bin/bash
# One engine in namespaces of its own, and one process that replays recordings at it: worker.sh CLIENT CLAIMS [ONLY]. Several of them
# with the same directory of claims share the work.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/registries.sh
. "$ROOT/tests/registries.sh"
if have_registry; then
    registry_start 127.0.0.1:5055
    registry_start 127.0.0.1:5056 htpasswd
fi
client=$1 claims=$2 only=${3:-} replayed=yes
engine_start --bridge docker0 --bip 172.17.0.1/16
# All but those of packet filter rules, which a test of their own reads.
recordings=${RECORDINGS:-api/* build/* container/* image/* misc/* runopts/* system/* volume/* network/* registry/*}
cd "$ROOT/tests/conformance/recordings" || exit 1
# Longest first, so that the last ones to end are short.
# shellcheck disable=SC2086
ls -S -- $recordings | sed "s|^|$PWD/|" |
    xargs python3 -B "$ROOT/tests/conformance/replay.py" --socket "$SOCK" --client "$client" --only "$only" --claims "$claims" ||
    replayed=no
kill -0 "$ENGINE_PID" 2>/dev/null || not_ok "the engine lives through the replay" "$(tail -20 "$TMP/engine.log")"
[ "$replayed" = yes ] && finish
