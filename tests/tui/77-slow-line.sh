#!/bin/bash
# The UI on a line of 9600 baud (960 bytes a second, read no faster): what is told in bytes, not in seconds. Pictures are left out, never
# queued, and a key is acted on while older output is still on its way.
# shellcheck disable=SC2034
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
engine_start
S run -d --name web busybox sleep 100000 >/dev/null

FULL=4200                # no picture of 80x24 has more bytes
passed() { tr -d ' \n' <"$TMP/passed"; }
# within NAME BYTES REGEX: what is wanted is on the screen when no more than so many bytes more have gone through.
within() {
    local from used; from=${FROM:-$(passed)}
    sees "$1" "$3" 60
    used=$(($(passed) - from))
    echo "# $1: $used bytes"
    if [ "$used" -le "$2" ]; then ok "$1, within $2 bytes"; else not_ok "$1, within $2 bytes" "it took $used"; fi
}
quiet() { local a; a=$(passed); sleep 0.6; [ "$a" = "$(passed)" ]; }

UI_ENV=(python3 "$ROOT/tests/tui/slow_line.py" 960 "$TMP")
echo 0 >"$TMP/passed"
FROM=0; ui_start 80 24
within "home" $((FULL + 400)) 'help *$'
FROM=; ui_keys 4 ; within "a key: the containers" $FULL 'web .*busybox'
ui_keys 2 ; sees "the course" 'What a container is' 30 ; ui_keys Enter ; within "a lesson" $((2 * FULL)) 'Terminal'
check "a still screen sends nothing" wait_for 30 quiet

# A program that fills the picture anew as fast as it can.
cat >"$TMP/flood" <<'END'
trap 'echo caught >"$0.caught"; exit' INT
while :; do head -c 600 /dev/urandom | base64; done
END
ui_keys 'C-]' ; sees "the keyboard is in its terminal" 'leave the terminal' 30
more() { [ "$(passed)" -gt $((from + 12000)) ]; }
for n in 1 2 3 4; do # five hundred bytes are half a second, in which the machine may have other work
    rm -f "$TMP/flood.caught"
    ui_type "bash $TMP/flood" ; ui_keys Enter
    from=$(passed)
    check "it floods the line ($n)" wait_for 60 more
    from=$(passed)
    ui_keys C-c
    check "a key is acted on while output is on its way ($n)" wait_for 60 test -e "$TMP/flood.caught"
    used=$(($(passed) - from)); echo "# acted on after $used bytes"
    [ $used -gt 500 ] || break
done
check "at once" test $used -le 500
FROM=$from
ui_type 'clear; echo end-$((1 + 1))' ; ui_keys Enter
within "and is answered after what was on its way" $((2 * FULL)) 'end-2'
FROM=
check "then there is nothing more to come" wait_for 30 quiet
ui_screen >"$TMP/shown"
ui_keys 'C-]' ; sees "out of the terminal" 'help *$' 30
check "quiet again" wait_for 30 quiet
ui_screen >"$TMP/shown" ; from=$(passed)
ui_keys C-l ; redrawn() { [ "$(passed)" -gt $((from + 800)) ] && quiet; }
check "drawn again from nothing" wait_for 30 redrawn
check_eq "and it is what was there" "$(cat "$TMP/shown")" "$(ui_screen)"
ui_keys q q q ; sees "it ends" 'ended with 0' 30
check_no_match "and leaves no answer to whoever has the terminal next" '0n' "$(ui_screen)"
ui_stop
finish
