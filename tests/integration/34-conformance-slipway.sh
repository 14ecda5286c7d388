#!/bin/bash
# The recordings of a real Docker, replayed by our own command line under the name of docker.
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
case $build in /*) ;; *) build=$here/../../$build ;; esac
exec bash "$here/../conformance/all.sh" "$build/docker"
