#!/bin/bash
# The tests of the runtime once more under a kernel that has cgroup v2 alone.
#   18-cgroup2-runtime.sh [SCRIPT...]
# beside: it takes minutes of one processor
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/uml.sh"
[ $# -gt 0 ] || set -- tests/integration/{10-oci,11-oci-commands,12-shim,13-oci-*,17-cgroup-v2-view,18-oci-killed,18-runtime-cycles,19-runtime-escape}.sh
under_uml 0 "$@"
finish
