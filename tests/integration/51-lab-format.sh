#!/bin/bash
# The tools of those who write labs: a new lab, lint, test, and a scenario carried over. Each fault that `lab test` is there to find is
# put in, and must be found.
. "$(dirname "$0")/../lib.sh"
engine_start
lab=$TMP/my-lab

check "a new lab is made" S lab new "$lab"
check "it lints" S lab lint "$lab"
check_rc "and is not made twice" 1 S lab new "$lab"
check_rc "a name must be one" 1 S lab new "$TMP/My_Lab"
proof=$(S lab test "$lab" --seeds 3)
check_eq "it passes its test for three learners" "0 not ok, 33 ok" "$(grep -c '^not ok' <<<"$proof") not ok, $(grep -c '^ok' <<<"$proof") ok"
check_match "the last line tells what it took" "^# 1 labs, 33 proofs, 0 failed, 15 machines in [0-9.]+ s; the slowest check took" "$(tail -1 <<<"$proof")"

# One fault at a time in a copy.
fault() { # NAME FILE TEXT WANTED
    local copy=$TMP/copy out
    rm -rf "$copy"; cp -r "$lab" "$copy"; printf '%s\n' "$3" >"$copy/$2"
    out=$(S lab test "$copy" 2>&1); local rc=$?
    check_eq "$1: lab test fails" 1 $rc
    check_match "$1: and says so" "$4" "$out"
}
fault "a check that always passes" 20-file/verify.sh 'true' 'not ok - lab copy: 20-file: untouched fails.*'
fault "a check that says nothing" 20-file/verify.sh '[ "$(cat "$folder/word" 2>/dev/null)" = "$name" ]' 'its check said nothing'
fault "a check that never passes" 20-file/verify.sh 'echo no; exit 1' 'not ok - lab copy: 20-file: the solution passes'
fault "a solution that does not solve" 30-mode/solve.sh 'chmod 0644 "$folder/word"' 'The mode of /srv/[a-z]+-[0-9]+/word is 644'
fault "a wrong solution that passes" 30-mode/wrong-group.sh $'# expect: it must be\nchmod 0600 "$folder/word"' 'not ok - lab copy: 30-mode: wrong-group.*'
fault "a wrong solution without the right words" 30-mode/wrong-group.sh $'# expect: something else\nchmod 0640 "$folder/word"' 'expected: something else'
fault "a machine that is not set up" setup.sh 'echo no disk; exit 3' 'setup.sh ended with 3: no disk'
fault "a check that hangs" 30-mode/verify.sh 'sleep 1000 & wait' 'verify.sh did not end within 15 s and was stopped'
fault "a lab that cannot be read" 30-mode/step.md 'no front matter' 'not ok - lab .*copy: it can be read'

# A free lab: a step that quietly needs another one is found out, and passes once it says so.
free=$TMP/free
cp -r "$lab" "$free"; sed -i '2i steps: free' "$free/lab.md"
check_match "a hidden need is found" "not ok - lab free: 20-file: the solution passes with only what it needs" "$(S lab test "$free")"
sed -i '2i needs: [10-directory]' "$free/20-file/step.md"; sed -i '2i needs: [20-file]' "$free/30-mode/step.md"
check "a need that is said is met" S lab test "$free"

# Several machines: each has scripts of its own, and a step is done when it is in all of them.
two=$TMP/two
cp -r "$lab" "$two"; sed -i '2i hosts: [other]' "$two/lab.md"
echo 'mkdir -p /srv; hostname >/srv/name' >"$two/setup@other.sh"
echo '[ -e /srv/word ] || { echo "There is no /srv/word on other."; exit 1; }' >"$two/20-file/verify@other.sh"
echo 'ping -c 1 -W 2 lab >/dev/null && cp /srv/name /srv/word' >"$two/20-file/solve@other.sh"
printf '# expect: no /srv/word on other\necho "$name" > "$folder/word"\n' >"$two/20-file/wrong-here-only.sh"
check "a lab of two machines lints" S lab lint "$two"
check "and passes" S lab test "$two"
rm "$two/20-file/solve@other.sh"
check_match "what is missing on the other is found" "There is no /srv/word on other" "$(S lab test "$two")"
check_match "a script for a machine that is none is too" "verify@no.sh:1: this file means nothing here" \
    "$(touch "$two/20-file/verify@no.sh"; S lab lint "$two")"

# A scenario of another program: carried over, told what is left, and a lab once that is written.
told=$(S lab import "$ROOT/tests/scenario" "$TMP/note" 2>&1)
check_match "what cannot be carried over is said" "left out: the asset none is not there" "$told"
check_match "what is left to write is said" "to write: 10-write-it/solve.sh" "$told"
check_match "what will not work here is said" "prepare.sh: a lab machine has no network" "$told"
check "it lints" S lab lint "$TMP/note"
check_match "its test tells that there is no solution" "The solution of this step is not written yet" "$(S lab test "$TMP/note")"
sed -i '/apt-get/d' "$TMP/note/setup.sh"
echo 'echo hello > /srv/note' >"$TMP/note/10-write-it/solve.sh"
echo 'chmod 644 /srv/note' >"$TMP/note/20-share-it/solve.sh"
echo 'mv /srv/note /srv/words' >"$TMP/note/30-move-it/solve.sh"
sed -i 's/umask 077/umask 022; touch \/srv\/note; chmod 600 \/srv\/note/' "$TMP/note/setup.sh"
check "and passes when they are written" S lab test "$TMP/note"
check_rc "a folder without a scenario is refused" 1 S lab import "$TMP" "$TMP/none"
check_eq "no machine is left" "[]" "$(api GET /slipway/sandboxes | jq -c .)"
finish
