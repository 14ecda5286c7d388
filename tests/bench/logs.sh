# Sourced by run.sh: how fast output gets through `logs -f`, beside the plain speed of `cat` into a file, and how much memory that takes.
# shellcheck shell=bash disable=SC2154
LOGS_MB=${LOGS_MB:-400}
echo; echo "Output of a container through logs -f into a file, $LOGS_MB MB in lines of 100 bytes, MB/s"
titles
yes "$(printf '%098d' 0)x" | head -c "${LOGS_MB}M" >"$TMP/output"
speed() { awk -v mb="$LOGS_MB" -v a="$1" -v b="$2" 'BEGIN {printf "%.0f", mb / (b - a)}'; }
follow() { # S or D
    local from=$EPOCHREALTIME
    "$1" create --name flood -v "$TMP/output:/output:ro" busybox cat /output >/dev/null || return
    from=$EPOCHREALTIME
    "$1" start flood >/dev/null
    "$1" logs -f flood >"$TMP/followed"
    speed "$from" "$EPOCHREALTIME"
    cmp -s "$TMP/output" "$TMP/followed" || echo "logs -f of $1: not what was written" >>"$TMP/errors"
    "$1" rm -f flood >/dev/null
    rm -f "$TMP/followed"
}
from=$EPOCHREALTIME; cat "$TMP/output" >"$TMP/copy"; plain=$(speed "$from" "$EPOCHREALTIME"); rm -f "$TMP/copy"
a=$(follow S) b=$(follow D)
row "logs -f (cat into a file: $plain)" "$a" "$b" "$(ratio "$a" "$b")" ">= $([ "$plain" -lt 200 ] && echo "$plain" || echo 200) MB/s"
row "daemon's largest memory so far, KiB" "$(awk '/^VmHWM/ {print $2}' "/proc/$slipwayd/status")" "$(awk '/^VmHWM/ {print $2}' "/proc/$dockerd/status")" "" ""
rm -f "$TMP/output"
