#!/bin/bash
# The recordings of a real Docker, replayed by Docker's own client: the newest that is installed, or that of DOCKER=path.
here=$(cd "$(dirname "$0")" && pwd)
docker=${DOCKER:-$(PATH=/usr/local/bin:/usr/bin:/bin command -v docker)}
[ -n "$docker" ] || { echo "skip - conformance: with docker's client (no docker is installed)"; exit 0; }
exec bash "$here/../conformance/all.sh" "$docker"
