#!/bin/bash
# The recorded builds in which the client has a part (contexts, .dockerignore, flags, what it prints), done by our own.
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
case $build in /*) ;; *) build=$here/../../$build ;; esac
DOCKER=$build/docker ONLY=${ONLY:-'^(bk|cli|ignore|img|arg|parse|label|user)'} exec bash "$here/45-builds.sh"
