#!/bin/bash
# What can go wrong under a class's server: the disk is full, the file is corrupt, newer, read-only, gone, or no descriptor is left.
# Nothing that was acknowledged is lost, and each refusal says in one line what to do. No engine is needed.
. "$(dirname "$0")/../lib.sh"
unset SLIPWAY_CLASS_SOCKET SLIPWAY_CLASS_DB
export SLIPWAY_CLASS_CONFIG=$TMP/conf/class.json HOME=$TMP
chmod 755 "$TMP"
CLASS=61200 TEACHER=61201 ANN=61202
as() { local uid=$1; shift; setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"; }
teacher() { as $TEACHER "$B/slipway" "$@"; }
server() { cat "$TMP/run/class.pid" 2>/dev/null; }
# A disk of its own, which can be full.
mkdir "$TMP/class"; mount -t tmpfs -o size=4m,mode=755 tmpfs "$TMP/class"
at_exit 'umount -l "$TMP/class"'
S class init --user $CLASS --dir "$TMP/class/db" --socket "$TMP/run/class.sock" --instructor $TEACHER Faults >/dev/null
S class serve --background
teacher class enrol $ANN >/dev/null
{ printf -- '---\nid: finals\ntitle: Finals\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n'
  for i in $(seq 4); do printf '## q%d {type=essay level=1 topic=t}\n\nNumber %d?\n\n```rubric\n1: all\n```\n\n' "$i" "$i"; done; } >"$TMP/finals.md"; chmod 644 "$TMP/finals.md"
teacher class import "$TMP/finals.md" >/dev/null
teacher class assign quiz finals --due 2099-01-01 --count 4 --minutes 600 --attempts 9 >/dev/null
# Sends answers of 20 KiB, each another one, until one is refused or so many are acknowledged; or reads what is stored.
cat >"$TMP/ann.py" <<'END'
import json, os, socket, sys
path, uid, what, most = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
os.setgid(uid); os.setuid(uid)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
s.connect(path)
def ask(**body):
    s.send(json.dumps(body).encode())
    reply = s.recv(1 << 20)
    return json.loads(reply) if reply else {"ok": False, "error": "closed"}
started = ask(op="exam.start", assignment=1)
state = json.load(open(os.environ["ACKED"])) if os.path.exists(os.environ["ACKED"]) else {}
if not started.get("ok"):
    print("refused: " + started["error"]); sys.exit()
if what == "compare":
    stored = {str(item["slot"]): [item["seq"], item["answer"]] for item in started["items"] if item["seq"]}
    print("same" if all(stored[k][0] >= v[0] and (stored[k][0] > v[0] or stored[k][1] == v[1]) for k, v in state.items()) else "lost"); sys.exit()
seqs = {item["slot"]: item["seq"] for item in started["items"]}
for i in range(most):
    slot = 1 + i % 4
    seqs[slot] += 1
    text = ("%d-%d " % (slot, seqs[slot])) + "x" * 20000
    reply = ask(op="exam.answer", attempt=started["attempt"], slot=slot, seq=seqs[slot], answer=text)
    if not reply.get("ok"):
        print("refused: " + reply["error"]); break
    state[str(slot)] = [seqs[slot], text]
else:
    print("acknowledged")
json.dump(state, open(os.environ["ACKED"], "w"))
END
export ACKED=$TMP/acked; : >"$TMP/acked"; echo '{}' >"$TMP/acked"; chmod 666 "$TMP/acked"
ann() { timeout 60 python3 "$TMP/ann.py" "$TMP/run/class.sock" $ANN "$@"; }

# --- a full disk
check_eq "answers are acknowledged" acknowledged "$(ann send 4)"
dd if=/dev/zero of="$TMP/class/full" bs=4k 2>/dev/null
check_match "on a full disk they are refused, with the reason" "^refused: .*database $TMP/class/db/class.db: .*full" "$(ann send 400)"
check_match "so is everything else" "database $TMP/class/db/class.db: .*full" "$(teacher class message hello 2>&1)"
check_eq "in one line" 1 "$(teacher class message hello 2>&1 | wc -l)"
pid=$(server)
rm "$TMP/class/full"
check_eq "with room again it goes on" acknowledged "$(ann send 4)"
check_eq "by the same server" "$pid" "$(server)"
check_eq "what was acknowledged is stored" same "$(ann compare 0)"
dd if=/dev/zero of="$TMP/class/full" bs=4k 2>/dev/null; kill -9 "$pid"
wait_for 10 eval '[ -n "$(server)" ] && [ "$(server)" != "$pid" ]'
rm "$TMP/class/full"
check "a server that is killed on a full disk is back" wait_for 20 teacher class status
check_eq "with all that was acknowledged" same "$(ann compare 0)"
check_match "and a log that holds" "The chain holds" "$(teacher class audit)"

# --- no descriptor left
pid=$(server); held=$(find "/proc/$pid/fd" -mindepth 1 | wc -l)
as $CLASS prlimit --pid "$pid" --nofile="$held:"
check_match "who finds no descriptor left is told so" "has no file descriptor left for another connection; try again" "$(teacher class status 2>&1)"
check_eq "in one line" 1 "$(teacher class status 2>&1 | wc -l)"
check "and the server rests" at_rest "$pid" 20 1
as $CLASS prlimit --pid "$pid" --nofile=1024:
check_match "with descriptors again it goes on" "You are" "$(teacher class status)"

# --- the file and its directory
mv "$TMP/class/db" "$TMP/class/away"
check_match "when the directory has gone nothing is acknowledged" "^refused: .*(was removed or replaced|does not answer|closed)|closed" "$(ann send 4)"
wait_for 20 eval '! kill -0 "$pid" 2>/dev/null'
mv "$TMP/class/away" "$TMP/class/db"
S class serve --background
check_eq "put back, it has all that was acknowledged" same "$(ann compare 0)"
kill "$(server)"; wait_for 20 eval '[ -z "$(server)" ]'
alone() { as $CLASS timeout 60 "$B/slipway-classd" --class --socket "$TMP/run/class.sock" --db "${1:-$TMP/class/db/class.db}" 2>&1; }
one_line() { check_match "$1" "^slipway-classd: .*$2" "$3"; check_eq "$1: in one line" 1 "$(wc -l <<<"$3")"; }
chmod 400 "$TMP/class/db/class.db"
one_line "a file that may not be written is refused" "database $TMP/class/db/class.db is read-only: give its user the right" "$(alone)"
chmod 600 "$TMP/class/db/class.db"
one_line "a directory that is not there is no new class" "no class's" "$(mkdir -m 777 "$TMP/empty"; alone "$TMP/empty/class.db")"
cp -p "$TMP/class/db/class.db" "$TMP/keep.db"
python3 -c "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version = 99'); c.commit()" "$TMP/class/db/class.db"; chown -R $CLASS "$TMP/class/db"
one_line "one that a newer Slipway made is left alone" "was made by a newer Slipway .schema 99.*upgrade slipway" "$(alone)"
cp -p "$TMP/keep.db" "$TMP/class/db/class.db"; rm -f "$TMP/class/db/class.db-"*
sum=$(printf 'x%.0s' {1..100} | dd of="$TMP/class/db/class.db" conv=notrunc 2>/dev/null; sha256sum <"$TMP/class/db/class.db")
one_line "one with a broken head is none" "file is not a database" "$(alone)"
check_eq "and not written to" "$sum" "$(sha256sum <"$TMP/class/db/class.db")"
cp -p "$TMP/keep.db" "$TMP/class/db/class.db"; rm -f "$TMP/class/db/class.db-"*
size=$(stat -c %s "$TMP/class/db/class.db")
dd if=/dev/zero bs=4096 seek=1 count=$((size / 4096 - 1)) of="$TMP/class/db/class.db" conv=notrunc 2>/dev/null
one_line "one with broken pages is not served" "database disk image is malformed|is missing|no class's" "$(alone)"
check_match "nor in the background, and that says why" "the class's server does not start: .*(malformed|missing|no class's)" "$(timeout 60 "$B/slipway" class serve --background 2>&1)"
cp -p "$TMP/keep.db" "$TMP/class/db/class.db"; rm -f "$TMP/class/db/class.db-"*
S class serve --background
check_eq "from a copy all is there again" same "$(ann compare 0)"
finish
