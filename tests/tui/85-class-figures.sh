#!/bin/bash
# What the attempts say, in the UI: statistics of first and of all attempts, per-objective mastery of the class and of each, both as
# files that are what the command prints; and all that is kept of a student, taken out and erased.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
. "$(dirname "$0")/classroom.bash"
classroom
teacher class reassign --attempts 3 1
sits $ANN "Neither: both are alike" "MAC addresses" "Because of its PID namespace."
sits $BOB "The first is the host's" "MAC addresses" "It is hidden."
sits $CHI "The first is the host's" "IP addresses" "A namespace."
sits $BOB "Neither: both are alike" "MAC addresses" "A PID namespace."
engine_start
field() { ui_keys C-a C-k ; ui_type "$1"; } # what stands in the line is replaced
class() { ui_keys : ; ui_type board ; ui_keys Enter ; sees "the class" '▸ Board'; }

for size in "80 24" "120 40"; do
    # shellcheck disable=SC2086
    ui_start $size ; class ; to Banks ; ui_keys / ; ui_type finals ; ui_keys Enter ; sees "the bank at $size" '▌ Finals'
    ui_keys m ; sees "its objectives, of the class" 'The class +6 answers, 50\.0 % mastered' ; sees "from first attempts" 'first attempts' ; sees "by how many" '3 people'
    sees "how far one is mastered, and by how many less than half" '▌ bridges +K01 +3 +66\.7 +1' ; sees "and the other" 'wires +K01 +3 +33\.3 +2'
    ui_keys a ; sees "of all attempts" 'The class +8 answers, 62\.5 % mastered' ; sees "says it" 'all attempts' ; sees "which command it is" 'ran: slipway exam statistics --mastery --all finals'
    ui_keys G Enter ; sees "who has mastered one" 'K01 wires +4 answers, 50\.0 %' ; sees "each" 'Chi +61005 +1 +0\.0' ; sees "with both attempts" 'Bob +61004 +2 +50\.0 +75\.0'
    ui_keys Enter ; sees "all of one of them" 'Bob +4 answers, 75\.0 %' ; sees "beside the class" '▌ wires +K01 +2 +50\.0 +50\.0'
    ui_keys l ; sees "the next one" 'Chi +2 answers, 0\.0 %' ; sees "where in the row" '2 of 3' ; ui_keys h h ; sees "before the first is the class" 'The class'
    ui_keys h Escape ; sees "Esc goes back to the class" 'The class' ; ui_keys Escape ; sees "and then to the banks" '▸ Banks'
    ui_stop
done

ui_start 80 24 ; class
to Gradebook ; ui_keys / ; ui_type bob ; ui_keys Enter ; sees "one of a mark" '▌ Bob'
ui_keys M ; sees "with what is behind it" 'Bob +2 answers, 50\.0 %' ; ui_keys e ; sees "as a file" 'mastery of objectives as CSV' ; field "$TMP/mastery.csv" ; ui_keys Enter ; sees "written" 'written to'
check_eq "as the command prints it" "$(teacher exam statistics --mastery --csv finals | sort)" "$(sort "$TMP/mastery.csv")"
ui_keys Escape ; sees "back to the mark" '▸ Gradebook' ; ui_keys / C-u Enter
to Banks ; ui_keys / ; ui_type finals ; ui_keys Enter Enter ; sees "statistics" 'Statistics .*first attempts' ; sees "of the first" '3 attempts'
ui_keys a ; sees "of all" '4 attempts' ; ui_keys e ; sees "as a file, too" 'statistics as CSV' ; field "$TMP/figures.csv" ; ui_keys Enter ; sees "written as well" 'written to'
check_eq "as the command prints them" "$(teacher exam statistics --all --csv finals)" "$(cat "$TMP/figures.csv")"
ui_keys m ; sees "mastery is a key away" 'Mastery of objectives' ; ui_keys Escape Escape ; sees "and back" '▸ Banks' ; ui_keys / C-u Enter

# --- files of questions
sed 's/topic=K02/topic=X99/' "$TMP/finals.md" >"$TMP/odd.md"
ui_keys f ; sees "files of one's own" 'l checks a bank' ; ui_keys l ; ui_type "$TMP/odd.md" ; ui_keys Enter ; sees "what is wrong, by line" 'odd.md:26: there is no topic "X99"' ; sees "counted" 'odd.md: 1 problem'
ui_keys l ; ui_type "$TMP/finals.md" ; ui_keys Enter ; sees "or nothing" 'finals.md: 3 questions, nothing wrong' ; ui_keys l ; ui_type "$TMP/none.md" ; ui_keys Enter ; sees "where there is a file" 'none.md: No such file' ; ui_keys Escape
id=$(awk '/^## /{id=$2} /^```proof/{print id; exit}' "$ROOT/quizzes/linux.md")
ui_keys p ; ui_type "$ROOT/quizzes/linux.md" ; ui_keys Tab ; ui_type "$id" ; ui_keys Enter ; sees "a key is proven" 'proving, [0-9]+ s|1 proofs' ; sees "in a lab machine" "ok - linux/$id" 40 ; sees "and counted" '1 proofs, [0-9]+ runs?, 0 failed'
ui_keys p ; ui_type "$TMP/finals.md" ; ui_keys Tab ; ui_type one ; ui_keys Enter ; sees "what has no proof is told" 'no question one with a proof'
ui_keys v ; ui_type "$TMP/finals.md" ; ui_keys Tab ; ui_type "$TMP/out.gift" ; ui_keys Enter ; sees "a bank becomes another format" 'say which format' ; ui_keys Tab ; ui_type gift ; ui_keys Enter ; sees "which is written" 'is written to'
check_eq "as the command writes it" "$(S quiz export --format gift "$TMP/finals.md" 2>/dev/null)" "$(cat "$TMP/out.gift")"
ui_keys v ; ui_type "$TMP/out.gift" ; ui_keys Tab ; ui_type "$TMP/again.md" ; ui_keys Tab Tab ; ui_type again ; ui_keys Enter ; sees "and a bank again" 'out.gift is written to'
check_eq "as the command makes it" "$(S quiz import --id again "$TMP/out.gift" 2>/dev/null)" "$(cat "$TMP/again.md")"
ui_keys Escape ; sees "the banks again" '▸ Banks'

# --- taken out, and erased
to Roster ; ui_keys i ; sees "many at once" 'Enrol from a file, or a Unix group' ; ui_keys Enter ; sees "by something" 'name a file, a group, or both'
ui_keys Tab ; ui_type no-such-group ; ui_keys Enter ; sees "that exists" 'there is no group no-such-group' ; field "$(id -gn daemon)" ; ui_keys Tab ; field grader ; ui_keys Enter ; sees "a group" 'daemon +1 +grader'
ui_keys / ; ui_type bob ; ui_keys Enter ; sees "one of them" '▌ Bob'
ui_keys w ; sees "all that is kept" 'User +61004' ; field "$TMP/none/bob.json" ; ui_keys Enter ; sees "cannot go everywhere" 'create .*none/bob.json' ; field "$TMP/bob.json" ; ui_keys Enter ; sees "but to a file" 'all that is kept of 61004 is in'
check_eq "with the attempts and the marks" "2 Finals" "$(jq -r '"\(.attempts | length) \(.assignments[0].title)"' "$TMP/bob.json")"
echo kept >"$TMP/bob.json" ; ui_keys w ; field "$TMP/bob.json" ; ui_keys Enter ; sees "not over another file" 'Write over the file' ; ui_keys n ; sees "without a yes" 'User +61004' ; check_eq "which stays" kept "$(cat "$TMP/bob.json")"
ui_keys Enter y ; sees "or with one" 'all that is kept of 61004 is in' ; check_eq "over it" 2 "$(jq '.attempts | length' "$TMP/bob.json")"
check_eq "which nobody else can read" 600 "$(stat -c %a "$TMP/bob.json")"
ui_keys E ; field "$TMP/bob.json" ; ui_keys Tab ; ui_type 'asked for it' ; ui_keys Enter y ; sees "who is erased is not written over a file" 'bob.json is there' ; ui_keys Escape
ui_keys E ; sees "to erase needs a reason" 'Reason' ; field "$TMP/erased.json" ; ui_keys Enter ; sees "and says so" 'to erase a student needs a reason' ; ui_keys Tab ; ui_type 'asked for it' ; ui_keys Enter
sees "and a yes" 'forgotten for good' ; ui_keys n ; sees "a no leaves all as it was" 'asked for it' ; check_match "and whom" ' Bob$' "$(teacher class roster)"
ui_keys Enter y ; sees "a yes erases" 'erased; marks and the log stay' ; sees "off the roster" 'nobody matches|no match|0 of' ; ui_keys / C-u Enter
check_eq "what was kept is in the file first" 2 "$(jq '.attempts | length' "$TMP/erased.json")"
check_no_match "who that was is gone" Bob "$(teacher class roster; teacher class gradebook)"
ui_keys E ; sees "who is staff" 'Erase a student' ; ui_keys Tab Tab ; field 61001 ; ui_keys Tab ; field "$TMP/no.json" ; ui_keys Tab ; ui_type x ; ui_keys Enter y ; sees "is not erased" 'user 61001 is no student' ; ui_keys Escape
to Banks ; ui_keys / ; ui_type finals ; ui_keys Enter m ; sees "what the erased one gave still counts" 'The class +6 answers' ; ui_keys Enter ; sees "as nobody's" '\(erased\) +1 +100\.0 +50\.0'
check_match "the log is whole" "The chain holds" "$(teacher class audit)"
ui_stop
finish
