# A class with a teacher, four students, a bank with free text and three assignments, for the tests of its screens; sourced after
# driver.bash. Users are numbers here. The UI runs as root, who is the teacher's colleague: an instructor, too.
# shellcheck shell=bash
unset SLIPWAY_CLASS_SOCKET SLIPWAY_CLASS_DB
export SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json
UI_ENV=("SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json")
chmod 755 "$TMP"
CLASS=61000 TEACHER=61001 ANN=61003 BOB=61004 CHI=61005 DARA=61006
as() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups env HOME="$TMP" "$B/slipway" "$@"; }
teacher() { as $TEACHER "$@"; }

cat >"$TMP/finals.md" <<'END'
---
id: finals
title: Finals
domain: foundations
version: 1
licence: MIT
---
## one {type=single level=1 topic=K01 objective=wires}

Which end of a veth pair is which?

- [x] Neither: both are alike
  > y
- [ ] The first is the host's
  > n

## two {type=single level=1 topic=K01 objective=bridges}

What does a bridge learn?

- [ ] IP addresses
  > y
- [x] MAC addresses
  > n

## three {type=essay level=2 topic=K02 objective=namespaces}

Why can a container not see the processes of its host?

```rubric
2: names the PID namespace
1: says that numbers begin at 1 in it
1: says what the host still sees
```
END
classroom() {
    S class init --user $CLASS --dir "$TMP/class" --socket "$TMP/run/class.sock" --instructor $TEACHER "Containers I" >/dev/null
    S class serve --background
    printf 'user,role,name,extra\nroot,instructor,Ruth Root,\n%s,student,"Lovelace, Ann",25\n%s,student,Bob,\n%s,student,Chi,\n%s,student,Dara,\n' \
        $ANN $BOB $CHI $DARA >"$TMP/roster.csv"
    teacher class enrol --csv "$TMP/roster.csv" >/dev/null
    chmod 644 "$TMP"/*.md
    teacher class import "$TMP/finals.md" >/dev/null
    teacher class assign quiz finals --title Finals --due '2099-07-01 18:00' --review 2020-01-01 --count 3 --minutes 10 --blind >/dev/null
    teacher class assign lesson pid-namespaces --title "Read it" --due '2099-07-02 18:00' >/dev/null
    teacher class assign lab a-bridge-for-four --title "Bridges" --due '2099-07-03 18:00' --weight 2 >/dev/null
}
# sits UID ONE TWO TEXT: the attempt of one student.
sits() {
    jq -n --arg one "$2" --arg two "$3" --arg three "$4" '{one: [$one], two: [$two], three: $three}' >"$TMP/answers.json"
    chmod 644 "$TMP/answers.json"
    as "$1" exam take --answers "$TMP/answers.json" @1 >/dev/null 2>&1
}
# to TAB: of the class's screens, by Tab from wherever one is.
strip() { ui_screen | sed -n 3p; }
left_tab() { [ "$(strip)" != "$1" ]; }
to() {
    local before
    for _ in 1 2 3 4 5 6 7 8; do
        before=$(strip)
        [[ $before != *"▸ $1"* ]] || return 0
        ui_keys Tab
        wait_for 5 left_tab "$before"
    done
}
