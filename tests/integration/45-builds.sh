#!/bin/bash
# The builds that Docker's classic builder was recorded with, done by Docker's own client: the newest that is installed, or that of
# DOCKER=path. ONLY=REGEX: only cases of such names.
here=$(cd "$(dirname "$0")" && pwd)
docker=${DOCKER:-$(PATH=/usr/local/bin:/usr/bin:/bin command -v docker)}
[ -n "$docker" ] || { echo "skip - builds: with docker's client (no docker is installed)"; exit 0; }
WORKER=builds-worker.sh exec bash "$here/../conformance/all.sh" "$docker" "${ONLY:-}"
