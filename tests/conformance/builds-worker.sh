#!/bin/bash
# One engine in namespaces of its own, and one process that builds what Docker was recorded with: builds-worker.sh CLIENT CLAIMS [ONLY].
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
client=$1 claims=$2 only=${3:-} built=yes
engine_start --bridge docker0 --bip 172.17.0.1/16
python3 -B "$ROOT/tests/conformance/builds.py" --socket "$SOCK" --client "$client" --only "$only" --claims "$claims" || built=no
kill -0 "$ENGINE_PID" 2>/dev/null || not_ok "the engine lives through the builds" "$(tail -20 "$TMP/engine.log")"
[ "$built" = yes ] && finish
