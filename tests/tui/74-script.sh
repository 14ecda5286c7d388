#!/bin/bash
# The UI driven by a file: keys, waiting, pictures of the screen; what is wrong is told with its line. No terminal is needed.
. "$(dirname "$0")/../lib.sh"
engine_start
export XDG_CONFIG_HOME=$TMP LC_ALL=C
S run -d --name scripted busybox sleep 1000 >/dev/null
run() { cat >"$TMP/try.ui"; "$B/slipway" --script "$TMP/try.ui" </dev/null 2>&1; }
xml() { python3 -c 'import sys, xml.etree.ElementTree as t; print("".join(t.fromstring(sys.stdin.buffer.read().replace(b"<!DOCTYPE html>", b"")).itertext()))'; }

OUT=$(run <<END
# a handout
size 100x30
key 4
wait scripted
key Enter
wait "efficiency +[0-9]" 20    # the x-ray is there
:save-screen $TMP/xray.txt
:save-screen $TMP/xray.svg
:save-screen $TMP/xray.html
key Esc
wait "scripted .*busybox"
key :
type "save-screen $TMP/typed.txt"
key Enter
wait "the screen is in"
quit
this is never read, but it is checked
END
)
check_match "the whole file is checked first" 'try\.ui:17: there is no command "this"' "$OUT"
check "and nothing was done" test ! -e "$TMP/xray.txt"

OUT=$(sed -i '$d' "$TMP/try.ui" && "$B/slipway" --script "$TMP/try.ui" </dev/null 2>&1; echo "rc=$?")
check_eq "it runs, and says nothing" "rc=0" "$OUT"
check_match "the screen as text" 'scripted' "$(cat "$TMP/xray.txt")"
check_match "with all signs in any locale" '[╭│●]' "$(cat "$TMP/xray.txt")"
check_eq "as many rows as it was told" 30 "$(wc -l <"$TMP/xray.txt")"
check_match "as SVG, which is XML" 'scripted' "$(xml <"$TMP/xray.svg")"
check_match "as HTML, with the same lines" 'scripted' "$(xml <"$TMP/xray.html")"
check_match "typed into the palette by hand" 'scripted .*busybox' "$(cat "$TMP/typed.txt")"

OUT=$(printf 'wait "no such thing" 1\nquit\n' | run; echo "rc=$?")
check_match "a wait that fails is told with its line" 'try\.ui:1: the screen did not come to show "no such thing" in 1 s' "$OUT"
check_match "and with the screen" 'Your path' "$OUT"
check_match "and is an error" 'rc=1' "$OUT"
bad() { local out; out=$(printf '%s\n' "$2" | run; echo "rc=$?"); check_match "$1" "try\\.ui:1: $3" "$out"; check_match "$1: an error" 'rc=1' "$out"; }
bad "an unknown key" 'key Hyper-x' 'Hyper-x: there is no such key'
bad "a key that a terminal has not" 'key Ctrl-M' 'Ctrl-M: Ctrl-M is Enter'
bad "an open quote" 'type "abc' 'a quote is not closed'
bad "a size that is none" 'size 80' '"80" is no size'
bad "a wrong expression" 'wait "(" 1' '"\(" is no regular expression'
bad "too many words" 'wait a b c' 'it goes: wait REGEX \[SECONDS\]'
bad "an unknown command of the palette" ':nothing' 'the palette has no command "nothing"'
bad "a picture that cannot be written" ":save-screen $TMP/no/such/x.svg" '.*No such file'
OUT=$(printf 'key q\nwait Home\n' | run)
check_match "lines after the end of the UI" 'try\.ui:2: the UI has ended before this line' "$OUT"
check_match "a file that is not there" 'nosuch\.ui' "$(S --script "$TMP/nosuch.ui" 2>&1)"
check_rc "with a command beside it" 125 S --script "$TMP/try.ui" ps
printf 'size 1x1\nkey j\nsize 200x60\nkey 4\nwait scripted\nsize 40x10\n' >"$TMP/sizes.ui"
check "sizes from the smallest" S --script "$TMP/sizes.ui"
finish
