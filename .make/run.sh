#!/bin/sh
# `make run`: install what is missing, build, start the engine unless one answers, open the terminal UI.
set -eu
cd "$(dirname "$0")/.."

build=${BUILD:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
socket=${SLIPWAY_SOCKET:-/run/slipway.sock}
log=${SLIPWAY_LOG:-/var/log/slipwayd.log}
engine_options=${SLIPWAYD_OPTIONS:-}
did=

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
say() { printf '%s\n' "$*"; }
answers() { curl -fs --max-time 2 --unix-socket "$socket" http://slipway/_ping >/dev/null 2>&1 ||
    as_root curl -fs --max-time 2 --unix-socket "$socket" http://slipway/_ping >/dev/null 2>&1; }

if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    say "make run: the engine needs root: run this as root, or install sudo" >&2
    exit 1
fi

./.make/packages.sh build
command -v curl >/dev/null || as_root apt-get install -y -qq --no-install-recommends curl >&2

stamp() { stat -c %Y%i "$build/slipwayd" "$build/slipway" 2>/dev/null || true; }
before=$(stamp)
output=$(mktemp)
trap 'rm -f "$output"' EXIT
[ -n "$before" ] || say "Building Slipway, a minute on most machines ..." >&2
${MAKE:-make} --no-print-directory -s -j"$(nproc)" all >"$output" 2>&1 || { cat "$output" >&2; exit 1; }
[ "$before" = "$(stamp)" ] || did="$did built the programs in $build/;"

if answers; then
    did="$did found the engine at $socket;"
else
    [ "$socket" != /run/slipway.sock ] || getent group slipway >/dev/null || as_root groupadd --system slipway
    as_root sh -c 'exec setsid "$1/slipwayd" -H "unix://$2" $4 >>"$3" 2>&1 </dev/null &' sh "$build" "$socket" "$log" "$engine_options"
    tries=0
    until answers; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { say "make run: the engine did not start; the end of $log says why:" >&2; as_root tail -n 5 "$log" >&2; exit 1; }
        sleep 0.1
    done
    did="$did started the engine at $socket (its log: $log);"
fi

export SLIPWAY_HOST="unix://$socket"
if [ ! -t 1 ]; then
    say "make run:${did%;}"
    say "Open the UI in a terminal:   SLIPWAY_HOST=unix://$socket $build/slipway"
    say "Or use it as you use docker: $build/slipway -H unix://$socket run --rm busybox echo hello"
    say "End the engine:              kill \$(pgrep -x slipwayd)"
    exit 0
fi
if [ "$(id -u)" != 0 ] && ! [ -w "$socket" ]; then
    # The socket belongs to the group slipway. A new membership only counts from the next login on, so this shell borrows it.
    id -nG | grep -qw slipway || sudo usermod -aG slipway "$(id -un)"
    exec sg slipway -c "exec env SLIPWAY_HOST=$SLIPWAY_HOST $build/slipway"
fi
exec "$build/slipway"
