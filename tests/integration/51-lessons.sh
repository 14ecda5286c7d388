#!/bin/bash
# Lessons: those that are shipped are well written and run as they say; what is wrong with one is said with file, line and field.
. "$(dirname "$0")/../lib.sh"

# Lessons on the engine follow each other. So that this does not take so long, half of them run on a second engine, in namespaces
# of its own: this script once more.
mapfile -t on_engine < <(grep -L '^shell: machine' "$ROOT"/lessons/[0-9]*.md | sed -E 's#.*/[0-9]+-(.*)\.md#\1#')
mapfile -t in_machine < <(grep -l '^shell: machine' "$ROOT"/lessons/[0-9]*.md | sed -E 's#.*/[0-9]+-(.*)\.md#\1#')
half() { local i; for ((i = $1; i < ${#on_engine[@]}; i += 2)); do echo "${on_engine[i]}"; done; }
if [ "${1:-}" = second-half ]; then
    engine_start
    mapfile -t lessons < <(half 1)
    S lesson test "${lessons[@]}" || FAILED=1
    finish
fi
bash "$0" second-half >"$TMP/second-half.log" 2>&1 &
second=$!

check "every shipped lesson is well written" S lesson lint
check "every topic of the course is taught, every feature met" S lesson map

# A folder of lessons and a bank of our own, beside the real labs.
C=$TMP/content
mkdir -p "$C/lessons" "$C/quizzes"
ln -s "$ROOT/labs" "$C/"
printf -- '---\nid: demo\ntitle: D\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n' >"$C/quizzes/demo.md"
for question in one:K01 two:K01 three:K02; do
    printf '## %s {type=single level=1 topic=%s}\n\nWhich?\n\n- [x] Alpha\n  > It is.\n- [ ] Beta\n  > It is not.\n\n' "${question%:*}" "${question#*:}"
done >>"$C/quizzes/demo.md"
cp "$ROOT/lessons/topics.yaml" "$ROOT/lessons/features.yaml" "$C/lessons"
export SLIPWAY_CONTENT=$C

head() { printf -- '---\ntitle: T\nsummary: S\nminutes: 5\ndomain: images\nobjectives: [do it]\ntopics: [I01]\n%s---\n\n' "$1"; }
lint() { S lesson lint "$@" 2>&1; }

head '' >"$C/lessons/01-good.md"
cat >>"$C/lessons/01-good.md" <<'MD'
## One

```predict
What comes?

- [x] one
  > It is echo's first word.
- [ ] two
  > That is the next.
```

```run
echo one
```

```recall
demo/three
topic K01 2
```
MD
check "a good one has nothing wrong" S lesson lint good
map=$(S lesson map 2>/dev/null); rc=$?
check_eq "a topic that no lesson teaches is a fault" 1 "$rc"
check_match "and is named" '^  no lesson: K01 Eight namespaces' "$map"
check_match "so is a feature that neither lesson nor lab uses" '^met by no lesson or lab: image-names ' "$map"
check_eq "as JSON: the lesson in its domain, with its topic and state" "good next I01" \
    "$(S lesson map --json | jq -r '.domains[] | select(.domain == "images") | .lessons[0] | "\(.slug) \(.state) \(.topics[0].id)"')"

out=$(S lesson show good --plain)
check_eq "in plain text a prediction is a question, and its answer stands at the end" "Before you run it: question 1
What comes?
 a) one
 b) two
  \$ echo one
What stayed? \`slipway lesson recall LESSON\` asks a few questions, and says at
Answers to the questions
  1a) yes: It is echo's first word." "$(grep -E '^(Before|What|  \$| [ab]\)|Answers|  1a)' <<<"$out")"
check_no_match "without colours" $'\033' "$out"
out=$(S lesson show good --html)
check_match "as HTML, with answers that unfold" '<details><summary>Answer</summary>' "$out"
check "which is well formed" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.argv[1].replace("<meta charset=\"utf-8\">", ""))' "$out"
out=$(printf 'b\nz\na\nb\n' | S lesson recall good 2>&1)
check_match "recall asks the questions of the block" 'Question 1 of 3' "$out"
check_match "tells at once what is right" '[a-h] is right: ' "$out"
check_match "and how many were" '^[0-3] of 3 right' "$out"

cat >"$C/lessons/02-fields.md" <<'MD'
---
title: This title is so long that it can be shown whole in no list of the world
minutes: soon
domain: cooking
objectives: do it
topics: [I01, X99, I01]
features: [no-such-feature]
prerequisites: [fields, nobody]
labs: [no-such-lab]
shell: fish
reading: [a book]
colour: red
---

## One

```run
true
```
MD
out=$(lint fields)
F="lessons/02-fields.md"
check_match "a title that is too long" "$F:2: title: longer than 60" "$out"
check_match "a summary that is missing" "$F:1: summary: it is missing" "$out"
check_match "minutes that are no number" "$F:3: minutes: \"soon\" is no number" "$out"
check_match "an unknown domain, with those that there are" "$F:4: domain: there is no domain \"cooking\"; write one of foundations" "$out"
check_match "objectives that are no list" "$F:5: objectives: it is no list" "$out"
check_match "an unknown topic" "$F:6: topics: there is no topic \"X99\"" "$out"
check_match "a topic twice" "$F:6: topics: \"I01\" stands there twice" "$out"
check_match "an unknown feature" "$F:7: features: there is no feature \"no-such-feature\"" "$out"
check_match "the lesson as its own prerequisite" "$F:8: prerequisites: the lesson itself" "$out"
check_match "an unknown prerequisite" "$F:8: prerequisites: there is no lesson \"nobody\"" "$out"
check_match "an unknown lab" "$F:9: labs: there is no lab \"no-such-lab\"" "$out"
check_match "an unknown shell" "$F:10: shell: \"fish\" is no shell" "$out"
check_match "reading that is neither manual page nor address" "$F:11: reading: \"a book\"" "$out"
check_match "an unknown field" "$F:12: colour: lessons have no such field" "$out"

{ head ''; cat; } >"$C/lessons/03-body.md" <<'MD'
words before a page

## One

```run exit=999 quickly
echo <name> 01234567890123456789012345678901234567890123456789012345678901234567890123456789
```

```predict
- [x] one
  > because
```

```predict
Two keys?

- [x] one
  > because
- [x] two
  > because
```

```picture soup first
```

```picture layers nobody
```

```picture cgroup
```

```recall
nonsense
demo/no-such-question
topic X99 1
topic K02 19
```

| a | table |

<b>html</b>

A dash — here.
MD
out=$(lint body)
F="lessons/03-body.md"
check_match "text before the first page" "$F:[0-9]+: page: there is text before" "$out"
check_match "an exit code that is none" "$F:14: run: \"exit=999\"" "$out"
check_match "an unknown word behind run" "$F:14: run: \"quickly\" is not known" "$out"
check_match "a placeholder" "$F:14: run: <name> is to be filled in" "$out"
check_match "a line that is too wide" "$F:15: run: [0-9]+ columns; at most 78" "$out"
check_match "a prediction without a question" "$F:19: predict: the question is missing" "$out"
check_match "a prediction without a demonstration" "$F:18: predict: nothing that shows it follows" "$out"
check_match "two right options" "$F:28: predict: two options are marked" "$out"
check_match "an unknown picture" "$F:32: picture: there is no picture \"soup\"" "$out"
check_match "a picture of a container that nothing makes" "$F:35: picture: no run block before it makes a container \"nobody\"" "$out"
check_match "a picture of no container" "$F:38: picture: of which container" "$out"
check_match "a line of recall that is none" "$F:42: recall: a line is" "$out"
check_match "an unknown question" "$F:43: recall: there is no question demo/no-such-question" "$out"
check_match "an unknown topic of recall" "$F:44: recall: there is no topic \"X99\"" "$out"
check_match "more questions than there are" "$F:45: recall: the banks have 1 questions to choose from on K02, not 19" "$out"
check_match "a table" "$F:48: table: tables are not shown" "$out"
check_match "HTML" "$F:50: html: HTML is not shown" "$out"
check_match "an em dash" "$F:52: text: an em dash" "$out"
check_eq "and nothing else" 20 "$(grep -c "^/" <<<"$out")"

printf 'no front matter\n' >"$C/lessons/04-none.md"
check_match "a file without front matter" "04-none.md:1: front matter is missing" "$(lint)"
check_rc "lint fails then" 1 S lesson lint
rm "$C/lessons/04-none.md" "$C/lessons/02-fields.md" "$C/lessons/03-body.md"
head $'prerequisites: [bee]\n' >"$C/lessons/05-ay.md"
head $'prerequisites: [ay]\n' >"$C/lessons/06-bee.md"
printf '## One\n\n```run\ntrue\n```\n' | tee -a "$C/lessons/05-ay.md" >>"$C/lessons/06-bee.md"
check_match "prerequisites in a circle" '05-ay.md:1: prerequisites: they go in a circle: ay -> bee -> ay' "$(lint)"
rm "$C/lessons/05-ay.md" "$C/lessons/06-bee.md"

engine_start
{ head ''; cat; } >"$C/lessons/07-lies.md" <<'MD'
## One

```run
cd /tmp && thing=here
```

```run
false; true
```

```run exit=3
sh -c 'exit 3'
```

```run
slipway run -d --name left busybox sh -c 'echo started; exec sleep 1000'
```

```run follow
slipway logs -f left
```

```run
[ "$thing $PWD" = "here /tmp" ] && touch ~/litter
```

```run
slipway volume create dust && slipway run --rm -t busybox tty
```
MD
out=$(S lesson test lies); rc=$?
check_eq "a lesson that lies fails" 1 "$rc"
check_match "a command that fails in the middle of a block" 'not ok - lesson lies: page 1: false; true' "$out"
check_match "with what it ended, and with what it should" 'it ended with 1; the lesson says 0' "$out"
check_match "another code may be said" "^ok - lesson lies: page 1: sh -c 'exit 3'" "$out"
check_match "a command that stays is ended" '^ok - lesson lies: page 1: slipway logs -f left' "$out"
check_match "directory and variables stay from block to block" '^ok - lesson lies: page 1: \[ ' "$out"
check_match "there is a terminal" '^ok - lesson lies: page 1: slipway volume' "$out"
check_match "a container that is left" 'left behind: container left' "$out"
check_match "a volume that is left" 'left behind: volume dust' "$out"
check_match "a file that is left" 'left behind: file ~/litter' "$out"
S rm -f left >/dev/null; S volume rm dust >/dev/null

export SLIPWAY_CONTENT=$ROOT
mapfile -t lessons < <(half 0)
S lesson test --jobs 4 "${lessons[@]}" "${in_machine[@]}" || FAILED=$((FAILED + 1))
wait "$second" || FAILED=$((FAILED + 1))
cat "$TMP/second-half.log"
finish
