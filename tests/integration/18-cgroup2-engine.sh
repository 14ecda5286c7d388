#!/bin/bash
# The tests of the engine whose outcome depends on control groups and on the kernel, once more under one that has cgroup v2 alone.
#   18-cgroup2-engine.sh [SCRIPT...]
# beside: it takes minutes of one processor
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/uml.sh"
[ $# -gt 0 ] || set -- tests/conformance/v2-checks.sh tests/integration/{20-containers,21-restart,29-live-restore,33-hostconfig,40-networks}.sh
under_uml 1 "$@"
finish
