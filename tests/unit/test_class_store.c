/* The school's database: made, migrated, guarded, and its chain of events. */
#include "class_world.h"

#include "quizzes/classd/events.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

/* SQL of somebody who has the file and no respect. */
static void meddle(const char *path, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void add_progress(struct class_world *world, int count)
{
    for (int i = 0; i < count; i++)
        json_decref(class_get(world, json_pack("{s:s,s:s,s:s,s:i,s:i}", "op", "progress.set", "kind", "lab", "id", "wire", "step",
                                               i, "steps", count)));
}

static void a_new_database_is_private_durable_and_current(void **state)
{
    struct class_world *world = *state;
    struct stat st;
    assert_int_equal(stat(world->db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(store_number(&world->store, -1, "PRAGMA user_version", ""), store_schema_version());
    assert_int_equal(store_number(&world->store, -1, "PRAGMA synchronous", ""), 2);
    assert_int_equal(store_number(&world->store, -1, "PRAGMA foreign_keys", ""), 1);
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'", ""), 1);
    assert_int_equal(
        store_number(&world->store, -1, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%'", ""),
        0);
}

static void a_database_of_a_newer_slipway_is_left_alone(void **state)
{
    struct class_world *world = *state;
    store_close(&world->store);
    meddle(world->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
    size_t len, len_after;
    cleanup_free char *before = file_read(world->db, &len, NULL);
    struct store store;
    struct error err = ERROR_INIT;
    assert_int_equal(store_open(&store, world->db, &err), -EPROTONOSUPPORT);
    cleanup_free char *wanted =
        str_format("database %s was made by a newer Slipway (schema 99, this one knows %d); upgrade slipway or use "
                   "another database",
                   world->db, store_schema_version());
    assert_string_equal(err.message, wanted);
    cleanup_free char *after = file_read(world->db, &len_after, NULL);
    assert_int_equal(len, len_after);
    assert_memory_equal(before, after, len);
    cleanup_free char *wal = str_format("%s-wal", world->db);
    assert_false(path_exists(wal));
}

static void a_newer_version_that_is_still_in_the_wal_is_seen_too(void **state)
{
    struct class_world *world = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(world->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "PRAGMA user_version = 98", NULL, NULL, NULL), SQLITE_OK);
    struct store store;
    struct error err = ERROR_INIT;
    assert_int_equal(store_open(&store, world->db, &err), -EPROTONOSUPPORT);
    assert_non_null(strstr(err.message, "schema 98"));
    sqlite3_close(other);
}

static void files_that_are_no_database_of_ours_are_refused(void **state)
{
    struct class_world *world = *state;
    struct store store;
    struct error err = ERROR_INIT;
    cleanup_free char *text = path_join(world->dir, "text.db"), *foreign = path_join(world->dir, "foreign.db");
    char letter[8192];
    memset(letter, 'x', sizeof letter);
    file_write(text, letter, sizeof letter, 0600, NULL);
    assert_int_equal(store_open(&store, text, &err), -EINVAL);
    assert_non_null(strstr(err.message, "file is not a database"));
    assert_false(strchr(err.message, '\n') != NULL);
    meddle(foreign, "CREATE TABLE recipes (cake TEXT)");
    assert_int_equal(store_open(&store, foreign, &err), -EINVAL);
    assert_non_null(strstr(err.message, "belongs to another program"));
    assert_int_equal(store_open(&store, "/proc/nowhere/class.db", &err) < 0, 1);
}

static void an_old_database_is_migrated_and_keeps_what_it_holds(void **state)
{
    struct class_world *world = *state;
    cleanup_free char *path = path_join(world->dir, "old.db");
    meddle(path, store_migrations[0]);
    meddle(path, "PRAGMA user_version = 1; PRAGMA application_id = 0x736c7770; INSERT INTO person VALUES (7, 1000, 'ada')");
    struct store store;
    struct error err = ERROR_INIT;
    if (store_open(&store, path, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(store_number(&store, -1, "PRAGMA user_version", ""), store_schema_version());
    assert_int_equal(store_number(&store, -1, "SELECT id FROM person WHERE uid = 1000", ""), 7);
    assert_int_equal(store_number(&store, -1, "SELECT count(*) FROM progress", ""), 0);
    store_close(&store);
}

/* A class of before quizzes could be set to it: its marks count as they did, and what stands in it is taken for the audit. */
static void a_class_of_an_old_version_goes_on_as_it_was(void **state)
{
    struct class_world *world = *state;
    cleanup_free char *path = path_join(world->dir, "old-class.db");
    for (int i = 0; i < 6; i++)
        meddle(path, store_migrations[i]);
    meddle(path,
           "PRAGMA user_version = 6; PRAGMA application_id = 0x736c7770; INSERT INTO class VALUES (1, 'Old', 1);"
           "INSERT INTO person VALUES (1, 500, 'ada'), (2, 1001, 'bob');"
           "INSERT INTO member (person, role, name) VALUES (1, 'instructor', 'Ada'), (2, 'student', 'Bob');"
           "INSERT INTO assignment VALUES (1, 'quiz', 'finals', 'Finals', 1, 2, 3, 1, 'quiz', 0, 10, 900, 1, 0, 1, 0, 4, NULL),"
           " (2, 'lab', 'wire', 'Wire', 1, 2, 3, 1, 'lab', 0, 10, 900, 1, 1, 1, 0, 4, NULL);"
           "INSERT INTO progress (person, kind, id, step, steps, done, at) VALUES (2, 'lab', 'wire', 1, 4, 0, 77)");
    struct store store;
    struct error err = ERROR_INIT;
    if (store_open(&store, path, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(store.classroom);
    assert_int_equal(store_number(&store, -1, "SELECT count(*) FROM assignment WHERE grading = 'last' AND id = 1", ""), 1);
    assert_int_equal(store_number(&store, -1, "SELECT count(*) FROM assignment WHERE trust AND source = 'bank'", ""), 2);
    assert_int_equal(store_number(&store, -1, "SELECT stepped FROM progress", ""), 77);
    assert_int_equal(store_number(&store, -1, "SELECT count(DISTINCT salt) FROM person", ""), 2);
    if (audit(&store, &err) < 0)
        fail_msg("%s", err.message);
    store_close(&store);
    meddle(path, "UPDATE assignment SET late = 50");
    assert_int_equal(store_open(&store, path, &err), 0);
    assert_int_equal(audit(&store, &err), -EBADMSG);
    store_close(&store);
}

static void a_migration_that_fails_leaves_the_old_version(void **state)
{
    struct class_world *world = *state;
    cleanup_free char *path = path_join(world->dir, "odd.db");
    meddle(path, store_migrations[0]);
    meddle(path, "PRAGMA user_version = 1; PRAGMA application_id = 0x736c7770; CREATE TABLE progress (mine INTEGER)");
    struct store store;
    struct error err = ERROR_INIT;
    assert_true(store_open(&store, path, &err) < 0);
    assert_non_null(strstr(err.message, "already exists"));
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    sqlite3_step(statement);
    assert_int_equal(sqlite3_column_int(statement, 0), 1);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void events_can_neither_be_changed_nor_removed(void **state)
{
    struct class_world *world = *state;
    add_progress(world, 3);
    struct error err = ERROR_INIT;
    assert_true(store_run(&world->store, &err, "UPDATE event SET body = '{}' WHERE id = 2", "") < 0);
    assert_non_null(strstr(err.message, "events do not change"));
    assert_true(store_run(&world->store, &err, "DELETE FROM event", "") < 0);
    assert_true(store_run(&world->store, &err,
                          "INSERT OR REPLACE INTO event SELECT id, at, boot, person, attempt, slot, seq, kind, '{}', hash"
                          " FROM event WHERE id = 2",
                          "") < 0);
    assert_int_equal(event_verify(&world->store, &err), 0);
}

/* Whoever gets past the triggers is found by the chain. */
static void every_edit_of_the_log_breaks_the_chain(void **state)
{
    struct class_world *world = *state;
    static const struct {
        const char *edit, *undo, *found;
    } edits[] = {
        {"UPDATE event SET body = replace(body, '\"step\":2', '\"step\":9') WHERE id = 6",
         "UPDATE event SET body = replace(body, '\"step\":9', '\"step\":2') WHERE id = 6", "event 6 was changed"},
        {"UPDATE event SET at = at + 1 WHERE id = 5", "UPDATE event SET at = at - 1 WHERE id = 5", "event 5 was changed"},
        {"UPDATE event SET person = 2 WHERE id = 8", "UPDATE event SET person = 1 WHERE id = 8", "event 8 was changed"},
        {"UPDATE event SET slot = 1 WHERE id = 4", "UPDATE event SET slot = NULL WHERE id = 4", "event 4 was changed"},
        {"UPDATE event SET id = 60 WHERE id = 2", "UPDATE event SET id = 2 WHERE id = 60", "event 2 is missing"},
        {"UPDATE event SET hash = (SELECT hash FROM event WHERE id = 1) WHERE id = 6", NULL, "event 6 was changed"},
    };
    add_progress(world, 6);
    struct error err = ERROR_INIT;
    char head[ID_TEXT];
    int64_t count;
    assert_int_equal(event_head(&world->store, head, &count, &err), 0);
    assert_int_equal(count, 13); /* each step, the rows that it changed, and before all the rows that were there */
    assert_int_equal(event_verify(&world->store, &err), 0);
    meddle(world->db, "DROP TRIGGER event_is_final; DROP TRIGGER event_is_kept");
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        meddle(world->db, edits[i].edit);
        assert_int_equal(event_verify(&world->store, &err), -EBADMSG);
        assert_non_null(strstr(err.message, edits[i].found));
        if (edits[i].undo) {
            meddle(world->db, edits[i].undo);
            assert_int_equal(event_verify(&world->store, &err), 0);
        }
    }
    cleanup_json json_t *audit = class_get(world, json_pack("{s:s}", "op", "audit"));
    assert_false(json_flag(audit, "intact", true));
    assert_non_null(strstr(json_str(audit, "problem", ""), "event 6 was changed"));
}

static void erasing_a_person_keeps_the_chain(void **state)
{
    struct class_world *world = *state;
    add_progress(world, 2);
    meddle(world->db, "UPDATE person SET name = '', uid = -1");
    struct error err = ERROR_INIT;
    assert_int_equal(event_verify(&world->store, &err), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, class_setup, class_teardown)
    const struct CMUnitTest tests[] = {
        EACH(a_new_database_is_private_durable_and_current),
        EACH(a_database_of_a_newer_slipway_is_left_alone),
        EACH(a_newer_version_that_is_still_in_the_wal_is_seen_too),
        EACH(files_that_are_no_database_of_ours_are_refused),
        EACH(an_old_database_is_migrated_and_keeps_what_it_holds),
        EACH(a_class_of_an_old_version_goes_on_as_it_was),
        EACH(a_migration_that_fails_leaves_the_old_version),
        EACH(events_can_neither_be_changed_nor_removed),
        EACH(every_edit_of_the_log_breaks_the_chain),
        EACH(erasing_a_person_keeps_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
