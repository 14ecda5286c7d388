/* The tables, one migration after the other; a migration that was released is never edited. */
#include "quizzes/classd/schema_class.h"
#include "quizzes/classd/store.h"

#include <stddef.h>

static const char exams[] =
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "INSERT INTO setting VALUES ('exam-secret', randomblob(32));"
    /* Who a number is stands here alone: erasing a person keeps the chain of events valid. */
    "CREATE TABLE person (id INTEGER PRIMARY KEY, uid INTEGER NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;"
    /* Each content of a bank is a revision of its own; an attempt shows and scores by the one it was drawn from. */
    "CREATE TABLE bank (rev INTEGER PRIMARY KEY, id TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, domain TEXT NOT NULL,"
    " version TEXT NOT NULL, licence TEXT NOT NULL, pass INTEGER NOT NULL CHECK (pass BETWEEN 1 AND 100), source TEXT NOT NULL,"
    " imported INTEGER NOT NULL, recency INTEGER NOT NULL, UNIQUE (id, digest)) STRICT;"
    /* The public part. */
    "CREATE TABLE question (rev INTEGER NOT NULL REFERENCES bank, position INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,"
    " level INTEGER NOT NULL, topic TEXT NOT NULL, objective TEXT NOT NULL, stem TEXT NOT NULL, PRIMARY KEY (rev, position),"
    " UNIQUE (rev, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE choice (rev INTEGER NOT NULL, position INTEGER NOT NULL, letter TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (rev, position, letter), FOREIGN KEY (rev, position) REFERENCES question) STRICT, WITHOUT ROWID;"
    /* The secret part: read only for scoring, for attempts that have ended, and for those who sit no exam. */
    "CREATE TABLE choice_secret (rev INTEGER NOT NULL, position INTEGER NOT NULL, letter TEXT NOT NULL,"
    " is_key INTEGER NOT NULL CHECK (is_key IN (0, 1)), explanation TEXT NOT NULL, PRIMARY KEY (rev, position, letter),"
    " FOREIGN KEY (rev, position, letter) REFERENCES choice) STRICT, WITHOUT ROWID;"
    /* Times in milliseconds. boot_base: boot time at which the attempt's clock stood at 0, in the boot named beside it. */
    "CREATE TABLE attempt (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, bank TEXT NOT NULL,"
    " rev INTEGER NOT NULL REFERENCES bank, seed BLOB NOT NULL, seconds INTEGER NOT NULL, started INTEGER NOT NULL,"
    " boot_id TEXT NOT NULL, boot_base INTEGER NOT NULL, drift INTEGER NOT NULL DEFAULT 0, ended INTEGER,"
    " reason TEXT CHECK (reason IN ('finished', 'expired')), used INTEGER, score INTEGER, max INTEGER) STRICT;"
    "CREATE UNIQUE INDEX attempt_running ON attempt (person, bank) WHERE ended IS NULL;"
    "CREATE TRIGGER attempt_is_final BEFORE UPDATE ON attempt WHEN OLD.ended IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'an attempt that has ended does not change'); END;"
    "CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt"
    " BEGIN SELECT RAISE(ABORT, 'attempts are not deleted'); END;"
    /* ordering: letters of the bank file in the order shown. */
    "CREATE TABLE attempt_item (attempt INTEGER NOT NULL REFERENCES attempt, slot INTEGER NOT NULL, position INTEGER NOT NULL,"
    " ordering TEXT NOT NULL, PRIMARY KEY (attempt, slot)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER attempt_item_is_final BEFORE UPDATE ON attempt_item"
    " BEGIN SELECT RAISE(ABORT, 'drawn items do not change'); END;"
    "CREATE TRIGGER attempt_item_is_kept BEFORE DELETE ON attempt_item"
    " BEGIN SELECT RAISE(ABORT, 'drawn items are not deleted'); END;"
    /* What happened, chained: hash = SHA-256 of the row before and of this row (events.c). */
    "CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, boot INTEGER NOT NULL, person INTEGER NOT NULL,"
    " attempt INTEGER REFERENCES attempt, slot INTEGER, seq INTEGER, kind TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL)"
    " STRICT;"
    "CREATE UNIQUE INDEX event_once ON event (attempt, slot, seq);"
    "CREATE TRIGGER event_is_final BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events do not change'); END;"
    "CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END;";

static const char progress[] =
    "CREATE TABLE progress (person INTEGER NOT NULL REFERENCES person, kind TEXT NOT NULL CHECK (kind IN ('lesson', 'lab')),"
    " id TEXT NOT NULL, step INTEGER NOT NULL, steps INTEGER NOT NULL, done INTEGER NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (person, kind, id)) STRICT, WITHOUT ROWID;";

/* The last go at each lab: in which machine, and what was done in it. `spent` is in milliseconds; `first` and `finished`: when it
 * was begun, and when it was done for the first time. */
static const char goes[] =
    "ALTER TABLE progress ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE progress ADD COLUMN hints INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE progress ADD COLUMN solved INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE progress ADD COLUMN first INTEGER;"
    "ALTER TABLE progress ADD COLUMN finished INTEGER;"
    "UPDATE progress SET first = at, finished = CASE WHEN done THEN at END;"
    "CREATE TABLE lab_go (person INTEGER NOT NULL REFERENCES person, lab TEXT NOT NULL, machine TEXT NOT NULL,"
    " started INTEGER NOT NULL, minutes INTEGER NOT NULL, PRIMARY KEY (person, lab)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE lab_step (person INTEGER NOT NULL, lab TEXT NOT NULL, step TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0,"
    " solved INTEGER NOT NULL DEFAULT 0, hints INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (person, lab, step),"
    " FOREIGN KEY (person, lab) REFERENCES lab_go) STRICT, WITHOUT ROWID;";

/* What is asked again and when (cards.h). Times in milliseconds since the epoch; a question is named, whatever its revision. */
static const char cards[] =
    "CREATE TABLE card (person INTEGER NOT NULL REFERENCES person, bank TEXT NOT NULL, question TEXT NOT NULL,"
    " stability REAL NOT NULL, difficulty REAL NOT NULL, state INTEGER NOT NULL, step INTEGER NOT NULL, due INTEGER NOT NULL,"
    " at INTEGER NOT NULL, reviews INTEGER NOT NULL, lapses INTEGER NOT NULL, PRIMARY KEY (person, bank, question))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX card_due ON card (person, due);";

/* All types of questions, in a public and a secret part, as choice and choice_secret. Letters of ordering's choices and of
 * matching's counterparts follow their texts, so that they tell nothing. question_secret.key: ordering's letters in the right
 * order; for each letter of matching the one that belongs to it. attempt_item.domc: 0 no, 1 yes, 2 with one more option after the
 * decision; pairing: the counterparts in the order shown. attempt.settings: title, pass, navigation and so on of a mock exam or
 * quiz. */
static const char types[] =
    "ALTER TABLE question ADD COLUMN scoring TEXT NOT NULL DEFAULT 'all';"
    "ALTER TABLE question ADD COLUMN engine TEXT;"
    "ALTER TABLE question ADD COLUMN lesson TEXT;"
    "ALTER TABLE question ADD COLUMN man TEXT;"
    "ALTER TABLE question ADD COLUMN lab TEXT;"
    "CREATE TABLE counterpart (rev INTEGER NOT NULL, position INTEGER NOT NULL, letter TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (rev, position, letter), FOREIGN KEY (rev, position) REFERENCES question) STRICT, WITHOUT ROWID;"
    "CREATE TABLE question_secret (rev INTEGER NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, rubric TEXT,"
    " points INTEGER NOT NULL, proof TEXT, proof_options INTEGER NOT NULL, PRIMARY KEY (rev, position),"
    " FOREIGN KEY (rev, position) REFERENCES question) STRICT, WITHOUT ROWID;"
    "CREATE TABLE pattern (rev INTEGER NOT NULL, position INTEGER NOT NULL, number INTEGER NOT NULL,"
    " is_key INTEGER NOT NULL CHECK (is_key IN (0, 1)), text TEXT NOT NULL, value REAL NOT NULL, tolerance REAL NOT NULL, unit "
    "TEXT,"
    " explanation TEXT NOT NULL, PRIMARY KEY (rev, position, number), FOREIGN KEY (rev, position) REFERENCES question)"
    " STRICT, WITHOUT ROWID;"
    "ALTER TABLE attempt ADD COLUMN mode TEXT NOT NULL DEFAULT 'exam';"
    "ALTER TABLE attempt ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';"
    "ALTER TABLE attempt ADD COLUMN points REAL;"
    "ALTER TABLE attempt_item ADD COLUMN rev INTEGER REFERENCES bank;"
    "ALTER TABLE attempt_item ADD COLUMN pairing TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE attempt_item ADD COLUMN domc INTEGER NOT NULL DEFAULT 0;"
    "DROP TRIGGER attempt_item_is_final;"
    "UPDATE attempt_item SET rev = (SELECT rev FROM attempt WHERE id = attempt);"
    "CREATE TRIGGER attempt_item_is_final BEFORE UPDATE ON attempt_item"
    " BEGIN SELECT RAISE(ABORT, 'drawn items do not change'); END;"
    "CREATE TABLE quiz (id TEXT PRIMARY KEY, settings TEXT NOT NULL, person INTEGER NOT NULL REFERENCES person,"
    " changed INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

const char *const store_migrations[] = {exams,        progress,       goes,        schema_class, cards, types,
                                        schema_marks, schema_quizzes, schema_rows, schema_waits, NULL};

int store_schema_version(void)
{
    int version = 0;
    while (store_migrations[version])
        version++;
    return version;
}
