/* The audit finds every edit of the stored log, wherever it is: 1,000 random ones, each made by another process on the file. */
#include "class_world.h"

#include "quizzes/classd/events.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <sys/wait.h>

enum { TEACHER = 500, ANN = 1001, EDITS = 1000 };

static json_t *as(struct class_world *world, uid_t uid, const char *text)
{
    return class_ask_as(world, uid, json_loads(text, 0, NULL));
}

static int setup(void **state)
{
    class_setup(state);
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    class_found(&world->store, "Containers", TEACHER, &err);
    json_decref(as(world, TEACHER, "{\"op\":\"class.enrol\",\"members\":[{\"uid\":1001,\"role\":\"student\"}]}"));
    static const char bank[] = "---\nid: finals\ntitle: F\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n"
                               "## one {type=single level=1 topic=t}\n\nOne?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n\n"
                               "## two {type=single level=1 topic=t}\n\nTwo?\n\n- [ ] Left\n  > y\n- [x] Right\n  > n\n";
    json_t *import = json_pack("{s:s,s:s}", "op", "bank.import", "text", bank);
    json_decref(class_ask_as(world, TEACHER, import));
    for (int attempt = 1; attempt <= 3; attempt++) {
        json_decref(as(world, ANN, "{\"op\":\"exam.start\",\"bank\":\"finals\",\"count\":2}"));
        for (int slot = 1; slot <= 2; slot++)
            json_decref(class_ask_as(
                world, ANN,
                json_pack("{s:s,s:i,s:i,s:[s]}", "op", "exam.answer", "attempt", attempt, "slot", slot, "answer", "a")));
        class_pass(1000);
        if (attempt < 3)
            json_decref(class_ask_as(world, ANN, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", attempt)));
    }
    static const char *const term[] = {
        "{\"op\":\"quiz.set\",\"quiz\":\"week-1\",\"settings\":{\"draw\":[{\"bank\":\"finals\",\"count\":2}],"
        "\"overrides\":{\"1001\":{\"seconds\":900}}}}",
        "{\"op\":\"class.assign\",\"kind\":\"quiz\",\"ref\":\"week-1\",\"due\":1800000000000}",
        "{\"op\":\"class.assign\",\"kind\":\"lab\",\"ref\":\"wire\",\"due\":1800000000000}",
        "{\"op\":\"class.extend\",\"assignment\":1,\"uid\":1001,\"attempts\":1,\"reason\":\"ill\"}",
        "{\"op\":\"class.category\",\"category\":\"lab\",\"weight\":2}",
        "{\"op\":\"class.message\",\"text\":\"Ten minutes left\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(term); i++)
        json_decref(as(world, TEACHER, term[i]));
    json_decref(as(world, ANN, "{\"op\":\"lab.go\",\"lab\":\"wire\",\"machine\":\"m1\",\"steps\":2}"));
    json_decref(as(world, ANN, "{\"op\":\"lab.step\",\"lab\":\"wire\",\"machine\":\"m1\",\"step\":\"10-a\",\"steps\":2}"));
    json_decref(as(world, TEACHER, "{\"op\":\"class.confirm\",\"assignment\":2,\"uid\":1001}"));
    if (audit(&world->store, &err) < 0)
        fail_msg("%s", err.message);
    return 0;
}

static const char unlock[] = "DROP TRIGGER event_is_final; DROP TRIGGER event_is_kept; DROP TRIGGER attempt_is_final;"
                             "DROP TRIGGER attempt_is_kept; DROP TRIGGER attempt_item_is_final; DROP TRIGGER attempt_item_is_kept";

/* Triggers put back as they were: they must not be what gives the edit away. */
static void with_triggers_away(sqlite3 *db, const char *sql)
{
    cleanup_strv char **saved = NULL;
    sqlite3_stmt *query;
    char *why = NULL;
    sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'", -1, &query, NULL);
    while (sqlite3_step(query) == SQLITE_ROW)
        strv_add(&saved, (const char *)sqlite3_column_text(query, 0));
    sqlite3_finalize(query);
    char names[4096] = "";
    sqlite3_prepare_v2(db, "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'", -1,
                       &query, NULL);
    sqlite3_step(query);
    snprintf(names, sizeof names, "%s", sqlite3_column_text(query, 0));
    sqlite3_finalize(query);
    sqlite3_exec(db, names, NULL, NULL, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK || sqlite3_changes(db) == 0) {
        fprintf(stderr, "%s: %s\n", sql, why ? why : "changed nothing");
        _exit(2);
    }
    for (size_t i = 0; saved[i]; i++)
        sqlite3_exec(db, saved[i], NULL, NULL, NULL);
}

/* Of everything else that decides about marks, people and rights: somebody is given more time, more attempts, another mark. */
static const char *const edits[] = {
    "UPDATE attempt SET settings = json_set(settings, '$.pass', %d) WHERE id = 1",
    "UPDATE attempt SET person = 1 WHERE id = 3 AND %d",
    "UPDATE attempt SET used = used - 1 - %d * 0 WHERE id = 1",
    "UPDATE assignment SET due = due + %d WHERE id = 1",
    "UPDATE assignment SET attempts = attempts + %d WHERE id = 1",
    "UPDATE assignment SET late = %d + 1 WHERE id = 2",
    "UPDATE assignment SET trust = 1 - trust WHERE id = 2 AND %d",
    "UPDATE assignment SET title = title || char(0) || '%d' WHERE id = 1",
    "DELETE FROM extension WHERE %d",
    "UPDATE extension SET attempts = attempts + %d",
    "INSERT INTO extension SELECT 2, person, NULL, %d, 'none' FROM extension",
    "UPDATE member SET role = 'instructor' WHERE role = 'student' AND %d",
    "UPDATE member SET extra = extra + %d WHERE role = 'student'",
    "UPDATE member SET name = name || '%d'",
    "UPDATE person SET uid = uid + %d WHERE uid = 1001",
    "UPDATE person SET name = 'Eve%d' WHERE id = 2",
    "UPDATE quiz SET settings = json_set(settings, '$.overrides.1001.seconds', %d)",
    "DELETE FROM quiz WHERE %d",
    "INSERT INTO quiz SELECT 'other', settings, person, %d FROM quiz",
    "UPDATE category SET weight = weight + %d / 2000.0",
    "UPDATE category SET drops = drops + %d",
    "UPDATE progress SET step = step + %d",
    "UPDATE progress SET done = 1 WHERE %d",
    "UPDATE progress SET stepped = stepped - %d",
    "UPDATE lab_step SET solved = 1 - solved WHERE %d",
    "UPDATE lab_step SET step = step || char(0) || '%d'",
    "UPDATE lab_go SET started = started - %d",
    "UPDATE confirmation SET percent = percent + %d / 2000.0",
    "UPDATE message SET text = text || '%d'",
    "UPDATE class SET title = title || '%d'",
    "UPDATE bank SET pass = 1 + %d % 60, title = title || 'x'",
    "UPDATE choice_secret SET is_key = 1 - is_key WHERE position = 1 AND %d",
    "UPDATE choice SET text = text || '%d' WHERE position = 2 AND letter = 'a'",
    "UPDATE question SET stem = stem || '%d' WHERE position = 1",
    "UPDATE setting SET value = randomblob(32) WHERE name = 'exam-secret' AND %d",
    "INSERT INTO bank_kept SELECT 'finals' WHERE %d",
};

/* "%d" in what is given becomes `n`. */
static char *with_number(const char *text, int n)
{
    const char *at = strstr(text, "%d");
    return str_format("%.*s%d%s", (int)(at - text), text, n, at + 2);
}

/* One edit, by chance: a column of a row of the log, a row away, a row more, the tail cut off, two rows swapped, an attempt's mark;
 * every other one of them is of another table than the log. */
static char *random_edit(unsigned *seed, int64_t events)
{
    static const char *const columns[] = {"at = at + %d",
                                          "boot = boot - %d",
                                          "person = person + %d",
                                          "kind = kind || '%d'",
                                          "body = body || ' %d'",
                                          "body = replace(body, '}', ',\"x\":%d}')",
                                          "hash = replace(hash, substr(hash, 1 + %d % 60, 1), 'g')",
                                          "attempt = CASE WHEN attempt IS NULL THEN -1 ELSE attempt + %d END",
                                          "slot = CASE WHEN slot IS NULL THEN -1 ELSE NULL END",
                                          "seq = CASE WHEN seq IS NULL THEN -1 ELSE seq + %d END",
                                          "body = body || char(0) || 'x%d'",
                                          "hash = upper(hash) || '%d'",
                                          "id = id + 100000 + %d"};
    int n = 1 + rand_r(seed) % 1000;
    int64_t row = 1 + rand_r(seed) % events, attempt = 1 + rand_r(seed) % 2;
    if (rand_r(seed) % 2)
        return with_number(edits[(size_t)rand_r(seed) % ARRAY_LEN(edits)], n);
    size_t pick = (size_t)rand_r(seed) % (ARRAY_LEN(columns) + 7);
    if (pick < ARRAY_LEN(columns)) {
        cleanup_strv char **parts = str_split(columns[pick], '%');
        cleanup_free char *number = str_format("%d", n), *set = xstrdup(parts[0]);
        for (size_t i = 1; parts[i]; i++) {
            char *more = parts[i][0] == 'd' ? str_format("%s%s%s", set, number, parts[i] + 1) : str_format("%s%%%s", set, parts[i]);
            free(set);
            set = more;
        }
        return str_format("UPDATE event SET %s WHERE id = %lld", set, (long long)row);
    }
    switch (pick - ARRAY_LEN(columns)) {
    case 0:
        return str_format("DELETE FROM event WHERE id = %lld", (long long)row);
    case 1:
        return str_format("DELETE FROM event WHERE id >= %lld", (long long)row);
    case 2:
        return str_format("INSERT INTO event SELECT max(id) + 1, at, boot, person, NULL, NULL, NULL, kind, body, hash FROM event");
    case 3:
        return str_format("UPDATE attempt SET points = points + %d / 2000.0 WHERE id = %lld", n, (long long)attempt);
    case 4:
        return str_format("UPDATE attempt SET max = max + %d, rev = rev WHERE id = %lld", n, (long long)attempt);
    case 5:
        return str_format("UPDATE attempt_item SET position = 3 - position WHERE attempt = %lld AND slot = 1", (long long)attempt);
    default:
        return str_format("UPDATE attempt SET seconds = seconds + %d WHERE id = %lld", n, (long long)attempt);
    }
}

static void copy(const char *from, const char *to)
{
    size_t len;
    cleanup_free char *bytes = file_read(from, &len, NULL);
    assert_int_equal(file_write(to, bytes, len, 0600, NULL), 0);
}

static void a_thousand_random_edits_are_all_found(void **state)
{
    struct class_world *world = *state;
    /* In memory where there is such a place: an edit takes three fsyncs otherwise. */
    cleanup_free char *edited = str_format("%s/edited-%d.db", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : world->dir, getpid()),
                      *plain = path_join(world->dir, "plain.db");
    cleanup_free char *wal = str_format("%s-wal", edited), *shm = str_format("%s-shm", edited);
    int64_t events = store_number(&world->store, 0, "SELECT count(*) FROM event", "");
    cleanup_free char *into = str_format("VACUUM INTO '%s'", plain);
    assert_int_equal(sqlite3_exec(world->store.db, into, NULL, NULL, NULL), SQLITE_OK);
    unsigned seed = 8;
    for (int i = 0; i <= EDITS; i++) {
        bool control = i == 0; /* of what the log does not hold: not found */
        cleanup_free char *sql = control ? xstrdup("UPDATE progress SET spent = spent + 1") : random_edit(&seed, events);
        unlink(edited), unlink(wal), unlink(shm);
        copy(plain, edited);
        pid_t pid = fork();
        if (pid == 0) {
            sqlite3 *db;
            sqlite3_open(edited, &db);
            sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY", NULL, NULL, NULL);
            with_triggers_away(db, sql);
            sqlite3_close(db);
            _exit(0);
        }
        int status;
        waitpid(pid, &status, 0);
        if (status != 0)
            fail_msg("the edit failed: %s", sql);
        struct store store;
        struct error err = ERROR_INIT;
        if (store_open(&store, edited, &err) < 0)
            fail_msg("%s", err.message);
        if (audit(&store, &err) != (control ? 0 : -EBADMSG))
            fail_msg("%s: %s", control ? err.message : "not found", sql);
        store_close(&store);
    }
    unlink(edited), unlink(wal), unlink(shm);
}

static void what_was_cut_off_is_missed_also_after_more_was_written(void **state)
{
    struct class_world *world = *state;
    char *why = NULL;
    if (sqlite3_exec(world->store.db, unlock, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_exec(world->store.db, "DELETE FROM event WHERE id = (SELECT max(id) FROM event)", NULL, NULL, NULL);
    json_decref(as(world, ANN, "{\"op\":\"progress.set\",\"kind\":\"lab\",\"id\":\"wire\",\"step\":1,\"steps\":2}"));
    json_decref(as(world, ANN, "{\"op\":\"progress.set\",\"kind\":\"lab\",\"id\":\"wire\",\"step\":2,\"steps\":2}"));
    struct error err = ERROR_INIT;
    assert_int_equal(audit(&world->store, &err), -EBADMSG);
    assert_non_null(strstr(err.message, "cut off"));
}

/* To have the program write the row once more does not make it clean. */
static void what_another_program_changed_is_found_also_after_it_was_written_again(void **state)
{
    struct class_world *world = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(world->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "UPDATE extension SET attempts = 50", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    json_decref(
        as(world, TEACHER, "{\"op\":\"class.extend\",\"assignment\":1,\"uid\":1001,\"attempts\":1,\"reason\":\"still ill\"}"));
    struct error err = ERROR_INIT;
    assert_int_equal(audit(&world->store, &err), -EBADMSG);
    assert_non_null(strstr(err.message, "extension 1:2 was changed by another program before event"));
}

static void triggers_that_are_gone_are_missed(void **state)
{
    struct class_world *world = *state;
    sqlite3_exec(world->store.db, "DROP TRIGGER event_is_kept", NULL, NULL, NULL);
    struct error err = ERROR_INIT;
    assert_int_equal(audit(&world->store, &err), -EBADMSG);
}

static void a_receipt_is_found_in_the_log(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *result = as(world, ANN, "{\"op\":\"exam.result\",\"attempt\":1}");
    const char *receipt = json_str(result, "receipt", "");
    cleanup_json json_t *found = class_ask_as(world, TEACHER, json_pack("{s:s,s:s}", "op", "audit", "receipt", receipt));
    assert_true(json_flag(found, "intact", false));
    assert_int_equal(json_num(found, "receipt.attempt", 0), 1);
    cleanup_json json_t *other = as(world, TEACHER, "{\"op\":\"audit\",\"receipt\":\"feed\"}");
    assert_true(json_is_null(json_object_get(other, "receipt")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, class_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_random_edits_are_all_found),
        TEST(what_was_cut_off_is_missed_also_after_more_was_written),
        TEST(what_another_program_changed_is_found_also_after_it_was_written_again),
        TEST(triggers_that_are_gone_are_missed),
        TEST(a_receipt_is_found_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
