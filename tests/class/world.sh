# A class with many students for the tests that load it; sourced, after $TMP and $B are set. shellcheck shell=bash
class_world() { # STUDENTS QUESTIONS ATTEMPTS
    local i
    unset SLIPWAY_CLASS_SOCKET SLIPWAY_CLASS_DB
    export SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json SLIPWAY_CONTENT=$PWD
    chmod 755 "$TMP"
    cc -O2 -o "$TMP/students" "$(dirname "${BASH_SOURCE[0]}")/students.c" || return 1
    "$B/slipway" class init --user 62000 --dir "$TMP/class" --socket "$TMP/run/class.sock" --instructor 0 "A full room" >/dev/null || return 1
    "$B/slipway" class serve --background || return 1
    for i in $(seq "$1"); do echo "$((62000 + i)),student"; done >"$TMP/roster.csv"
    "$B/slipway" class enrol --csv "$TMP/roster.csv" >/dev/null || return 1
    { printf -- '---\nid: finals\ntitle: Finals\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n'
      for i in $(seq "$2"); do printf '## q%d {type=single level=1 topic=t}\n\nNumber %d?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n\n' "$i" "$i"; done; } >"$TMP/finals.md"
    "$B/slipway" class import "$TMP/finals.md" >/dev/null || return 1
    "$B/slipway" class assign quiz finals --due 2099-01-01 --count "$2" --minutes 60 --attempts "$3" >/dev/null
}

# What was acknowledged (a file of "uid slot seq letter") against what is stored: nothing is missing, nothing is there twice, nothing
# that nobody sent, and the last attempt of each has ended.
class_compare() { # DATABASE FILE
    python3 - "$@" <<'END'
import json, sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
sent = {}
for line in open(sys.argv[2]):
    uid, slot, seq, letter = line.split()
    sent[int(uid), int(slot), int(seq)] = letter
orderings = {(a, s): o for a, s, o in db.execute("SELECT attempt, slot, ordering FROM attempt_item")}
stored, twice = {}, 0
rows = db.execute("SELECT p.uid, e.attempt, e.slot, e.seq, e.body FROM event e JOIN person p ON p.id = e.person WHERE e.kind = 'exam.answer'"
                  " AND e.attempt = (SELECT max(id) FROM attempt a WHERE a.person = e.person)")
for uid, attempt, slot, seq, body in rows:
    twice += (uid, slot, seq) in stored
    ordering = orderings[attempt, slot]
    stored[uid, slot, seq] = chr(97 + ordering.index(json.loads(body)["answer"]))
lost = [key for key, letter in sent.items() if stored.get(key) != letter]
extra = [key for key in stored if key not in sent]
running = db.execute("SELECT count(*) FROM attempt WHERE ended IS NULL").fetchone()[0]
print("acknowledged %d lost %d doubled %d unsent %d running %d" % (len(sent), len(lost), twice, len(extra), running))
sys.exit(bool(lost or twice or extra or running or not sent))
END
}
