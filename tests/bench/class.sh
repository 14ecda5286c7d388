# A class that answers at once, each answer durable (synchronous=FULL) before it is acknowledged. Run by run.sh, or alone.
# shellcheck shell=bash
class_bench() {
    local TMP B=$PWD/build figures
    TMP=$(mktemp -d /tmp/slipway-bench-class-XXXXXX)
    # shellcheck source=tests/class/world.sh
    . tests/class/world.sh
    echo; echo "A class of 300 (targets: 99 % of answers stored within 50 ms; 10000 answers a second)"
    class_world 300 20 100
    for pause in 1000 0; do
        figures=$("$TMP/students" "$TMP/run/class.sock" 62001 300 20 "$([ "$pause" = 0 ] && echo 300 || echo 10)" "$pause" 1 "$TMP/sent")
        awk -v pause="$pause" '{ printf "  %-44s %8d answers in %5.1f s, %6d a second, median %6.1f ms, 99 %% %6.1f ms\n", pause ? "300 students, about one answer a second each" : "300 students, as fast as they can", $1, $2, $3, $4, $5 }' <<<"$figures"
    done
    figures=$("$TMP/students" "$TMP/run/class.sock" 62001 300 20 1 0 1 "$TMP/sent")
    awk '{ printf "  %-44s %8d answers in %5.2f s, median %6.1f ms, 99 %% %6.1f ms\n", "300 answers at one moment", $1, $2, $4, $5 }' <<<"$figures"
    class_compare "$TMP/class/class.db" "$TMP/sent" | sed 's/^/  /'
    kill "$(cat "$TMP/run/class.pid")"
    rm -rf "$TMP"
}
( class_bench )
