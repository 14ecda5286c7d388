#!/bin/bash
# Replays all recordings with one client: all.sh CLIENT [ONLY]. Several engines share the work; what they say comes out when all have ended.
# WORKER: another script than worker.sh, which does the same with recordings of another kind.
set -u
here=$(cd "$(dirname "$0")" && pwd)
claims=$(mktemp -d)
trap 'rm -rf "$claims"' EXIT
workers=${WORKERS:-$(($(nproc) + 1))}
for ((i = 0; i < workers; i++)); do
    bash "$here/${WORKER:-worker.sh}" "$1" "$claims" "${2:-}" >"$claims/.said.$i" 2>&1 &
    pids[i]=$!
done
failed=0
for ((i = 0; i < workers; i++)); do
    wait "${pids[i]}" || failed=1
    cat "$claims/.said.$i"
done
exit $failed
