# Many starts from two clients at once, beside as many from one: the second core should help.
# shellcheck shell=bash
heading "Two clients at once, 50 each, beside one with 100" two one
starts() { local i; for i in $(seq "$2"); do S run -d --name "$1$i" busybox sleep 1000; done; }
gone() { seq -f "$1%g" "$2" | xargs "$B/slipway" -H "unix://$TMP/s.sock" rm -f >/dev/null; }
two() { starts left 50 & local left=$!; starts right 50 & wait $left $!; }
: >"$TMP/a"; : >"$TMP/b"
for _ in 1 2; do
    once starts many 100 >>"$TMP/b"; gone many 100
    once two >>"$TMP/a"; gone left 50; gone right 50
done
result "100 x slipway run -d" "< 1" "$(median "$TMP/a")" "$(median "$TMP/b")"
