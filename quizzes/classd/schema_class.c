/* The tables of a class: who belongs to it, what is set to whom, and what people decide about marks. What decides about marks is
 * append-only, as events are: a correction is another row. */
#include "quizzes/classd/schema_class.h"

const char schema_class[] =
    "CREATE TABLE class (one INTEGER PRIMARY KEY CHECK (one = 1), title TEXT NOT NULL, made INTEGER NOT NULL) STRICT;"
    /* Rights of who was removed are gone; the row stays for the gradebook. extra: percent of time added to every limit. */
    "CREATE TABLE member (person INTEGER PRIMARY KEY REFERENCES person, role TEXT NOT NULL"
    " CHECK (role IN ('student', 'grader', 'instructor')), name TEXT NOT NULL, extra INTEGER NOT NULL DEFAULT 0,"
    " removed INTEGER) STRICT;"
    /* Banks whose questions nobody practises: they came from an instructor, for exams. */
    "CREATE TABLE bank_kept (bank TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
    /* Times in milliseconds UTC. late: percent of the mark that each begun day after `due` takes. review: when results are shown.
     */
    "CREATE TABLE assignment (id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('lesson', 'lab', 'quiz')),"
    " ref TEXT NOT NULL, title TEXT NOT NULL, opens INTEGER NOT NULL, due INTEGER NOT NULL, closes INTEGER NOT NULL,"
    " weight REAL NOT NULL, category TEXT NOT NULL, late REAL NOT NULL, count INTEGER NOT NULL, seconds INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, best INTEGER NOT NULL, graders INTEGER NOT NULL, blind INTEGER NOT NULL, review INTEGER,"
    " removed INTEGER) STRICT;"
    "CREATE TABLE category (name TEXT PRIMARY KEY, weight REAL NOT NULL, drops INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE extension (assignment INTEGER NOT NULL REFERENCES assignment, person INTEGER NOT NULL REFERENCES person,"
    " due INTEGER, attempts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL, PRIMARY KEY (assignment, person))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE assignment_attempt (attempt INTEGER PRIMARY KEY REFERENCES attempt,"
    " assignment INTEGER NOT NULL REFERENCES assignment) STRICT;"
    "CREATE TABLE message (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, sender INTEGER NOT NULL REFERENCES person,"
    " recipient INTEGER REFERENCES person, text TEXT NOT NULL) STRICT;"
    "CREATE TABLE message_seen (person INTEGER PRIMARY KEY REFERENCES person, upto INTEGER NOT NULL) STRICT;"
    "CREATE TABLE grading (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, attempt INTEGER NOT NULL REFERENCES attempt,"
    " slot INTEGER NOT NULL, grader INTEGER NOT NULL REFERENCES person, points REAL NOT NULL, most REAL NOT NULL,"
    " comment TEXT NOT NULL) STRICT;"
    "CREATE INDEX grading_of ON grading (attempt, slot, grader);"
    "CREATE TRIGGER grading_is_final BEFORE UPDATE ON grading BEGIN SELECT RAISE(ABORT, 'marks do not change'); END;"
    "CREATE TRIGGER grading_is_kept BEFORE DELETE ON grading BEGIN SELECT RAISE(ABORT, 'marks are not deleted'); END;"
    "CREATE TABLE regrade (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, attempt INTEGER NOT NULL REFERENCES attempt,"
    " person INTEGER NOT NULL REFERENCES person, rev INTEGER NOT NULL REFERENCES bank, score REAL NOT NULL, max REAL NOT NULL,"
    " reason TEXT NOT NULL) STRICT;"
    "CREATE INDEX regrade_of ON regrade (attempt, id);"
    "CREATE TRIGGER regrade_is_final BEFORE UPDATE ON regrade BEGIN SELECT RAISE(ABORT, 'marks do not change'); END;"
    "CREATE TRIGGER regrade_is_kept BEFORE DELETE ON regrade BEGIN SELECT RAISE(ABORT, 'marks are not deleted'); END;"
    /* How many events there are and the hash of the last: what was cut off at the end is missed. Written with each commit. */
    "CREATE TABLE event_end (one INTEGER PRIMARY KEY CHECK (one = 1), events INTEGER NOT NULL, head TEXT NOT NULL) STRICT;"
    "INSERT INTO event_end SELECT 1, ifnull(max(id), 0), ifnull((SELECT hash FROM event ORDER BY id DESC LIMIT 1), '') FROM event;"
    "CREATE INDEX event_of_person ON event (person, id);";

/* Marks by the criteria of a rubric, and the one that settles marks which differ by more than `tolerance` percent. */
const char schema_marks[] = "ALTER TABLE grading ADD COLUMN criteria TEXT NOT NULL DEFAULT '[]';"
                            "ALTER TABLE grading ADD COLUMN final INTEGER NOT NULL DEFAULT 0 CHECK (final IN (0, 1));"
                            "ALTER TABLE assignment ADD COLUMN tolerance REAL NOT NULL DEFAULT 10;"
                            /* Ended attempts whose marks may not be seen yet, so that no card may tell of them (cards.h). */
                            "CREATE TABLE card_wait (attempt INTEGER PRIMARY KEY REFERENCES attempt, person INTEGER NOT NULL"
                            " REFERENCES person, counted INTEGER NOT NULL DEFAULT 0) STRICT;"
                            "CREATE INDEX card_wait_of ON card_wait (person);";

/* An assignment of a quiz is of a bank, with a number of its questions, or of a quiz with settings of its own (`source`). trust:
 * what a student's own program reports of lessons and labs counts as it is; else a person confirms it. */
const char schema_quizzes[] =
    "ALTER TABLE assignment ADD COLUMN source TEXT NOT NULL DEFAULT 'bank' CHECK (source IN ('bank', 'quiz'));"
    "ALTER TABLE assignment ADD COLUMN grading TEXT NOT NULL DEFAULT 'highest'"
    " CHECK (grading IN ('highest', 'average', 'first', 'last'));"
    "UPDATE assignment SET grading = 'last' WHERE NOT best;"
    "ALTER TABLE assignment ADD COLUMN trust INTEGER NOT NULL DEFAULT 0 CHECK (trust IN (0, 1));"
    /* Marks were counted so far without a word: they go on counting. */
    "UPDATE assignment SET trust = 1;"
    /* When the last step forward was: looking at it again later is not late. */
    "ALTER TABLE progress ADD COLUMN stepped INTEGER;"
    "UPDATE progress SET stepped = at;"
    "CREATE TABLE confirmation (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, assignment INTEGER NOT NULL REFERENCES assignment,"
    " person INTEGER NOT NULL REFERENCES person, grader INTEGER NOT NULL REFERENCES person, percent REAL NOT NULL,"
    " comment TEXT NOT NULL) STRICT;"
    "CREATE INDEX confirmation_of ON confirmation (assignment, person);"
    "CREATE TRIGGER confirmation_is_final BEFORE UPDATE ON confirmation BEGIN SELECT RAISE(ABORT, 'marks do not change'); END;"
    "CREATE TRIGGER confirmation_is_kept BEFORE DELETE ON confirmation BEGIN SELECT RAISE(ABORT, 'marks are not deleted'); END;";

/* What makes the digest of a person's row say nothing once it is thrown away (rows.h). */
const char schema_rows[] = "ALTER TABLE person ADD COLUMN salt BLOB;"
                           "UPDATE person SET salt = randomblob(16);"
                           "ALTER TABLE member ADD COLUMN salt BLOB;"
                           "UPDATE member SET salt = randomblob(16);";

/* An attempt that has been counted goes from card_wait at once, and needs no mark that it was. */
const char schema_waits[] = "DELETE FROM card_wait WHERE counted; ALTER TABLE card_wait DROP COLUMN counted;";
