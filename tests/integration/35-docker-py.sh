#!/bin/bash
# docker-py, the library that most programs speak to an engine with: what its users call, against ours.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# Debian's library, not one that somebody has put before it.
export PYTHONPATH=/usr/lib/python3/dist-packages
python3 -c 'import docker' 2>/dev/null || { skip "docker-py" "python3-docker is not installed"; finish; }
engine_start
timeout 120 python3 -B "$ROOT/tests/conformance/docker_py.py" || FAILED=1
finish
