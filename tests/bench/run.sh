#!/bin/bash
# `make bench`: Slipway beside docker.io, runc and crun, in one run on one machine, alternating, so that the ratios mean something. Prints
# medians. RUNS=n sets how often each command is timed (21); PARTS="start lists" runs only these parts.
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "${SLIPWAY_BENCH_INSIDE:-}" != "$$" ]; then
    ./.make/packages.sh bench || exit 1
    [ "$(id -u)" = 0 ] || { echo "make bench: needs root" >&2; exit 1; }
    exec unshare --net --mount --propagation private bash -c 'ip link set lo up; export SLIPWAY_BENCH_INSIDE=$$; exec bash "$0"' "$0"
fi
# shellcheck source=tests/bench/world.sh
. tests/bench/world.sh
trap cleanup EXIT
trap 'exit 130' INT TERM
engines_start

echo "Medians of $RUNS runs, milliseconds unless said otherwise; ratio = slipway / docker.io $(D version -f '{{.Server.Version}}')"
for part in ${PARTS:-start runtime memory lists many pair network dns logs stats images images-seeing machines class learning ui}; do
    part_from=$SECONDS
    if [ "$part" = dns ]; then # an engine of its own
        echo; echo "Names (target: median below 1 ms, 20000 a second of one core)"
        bash tests/bench/dns.sh
    else
        # shellcheck source=/dev/null
        . "tests/bench/$part.sh"
    fi
    [ $((SECONDS - part_from)) -le 60 ] || echo "($part took $((SECONDS - part_from)) s)"
done
[ -s "$TMP/errors" ] && { echo; echo "Problems seen:"; sort "$TMP/errors" | uniq -c | head -10; }
exit 0
