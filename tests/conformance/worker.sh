#!/bin/bash
# One engine in namespaces of its own, and one process that replays recordings at it: worker.sh CLIENT CLAIMS [ONLY]. Several of them
# with the same directory of claims share the work.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
client=$1 claims=$2 only=${3:-} replayed=yes
engine_start --bridge docker0
# Recordings of other areas (builds of images, registries, networks of one's own) are replayed once the engine has what they need.
areas=${AREAS:-api container misc runopts system volume}
# Longest first, so that the last ones to end are short.
(cd "$ROOT/tests/conformance/recordings" && for area in $areas; do printf '%s/*.steps\n' "$area"; done | xargs -I{} sh -c 'ls -S -- {}') | sed "s|^|$ROOT/tests/conformance/recordings/|" |
    xargs python3 -B "$ROOT/tests/conformance/replay.py" --socket "$SOCK" --client "$client" --only "$only" --claims "$claims" ||
    replayed=no
kill -0 "$ENGINE_PID" 2>/dev/null || not_ok "the engine lives through the replay" "$(tail -20 "$TMP/engine.log")"
[ "$replayed" = yes ] && finish
