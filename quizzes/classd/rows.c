/* Watching rows by SQLite's hook before each change (libsqlite3 of Debian has it), and walking them again. */
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "quizzes/classd/rows.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/events.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 32, AT_ONCE = 400, KEY_MOST = 4, COLUMNS_MOST = 24, WATCHED = 1 /* raise it with a table's `since` */ };

/* `key`: columns that name a row, up to the first NULL. A table that is added gets the next `since`. What is left out changes with
 * every sign of life (progress.at, progress.spent) and decides about nothing. */
static const struct table {
    const char *name;
    int since;
    const char *key[KEY_MOST], *columns[COLUMNS_MOST];
} tables[] = {
    {"setting", 1, {"name"}, {"value"}},
    {"person", 1, {"id"}, {"uid", "name", "salt"}},
    {"class", 1, {"one"}, {"title", "made"}},
    {"member", 1, {"person"}, {"role", "name", "extra", "removed", "salt"}},
    {"bank", 1, {"rev"}, {"id", "digest", "title", "domain", "version", "licence", "pass", "source", "imported", "recency"}},
    {"bank_kept", 1, {"bank"}, {"bank"}},
    {"quiz", 1, {"id"}, {"settings", "person", "changed"}},
    {"assignment", 1, {"id"}, {"kind",     "ref",    "title",   "opens",     "due",      "closes",  "weight",
                               "category", "late",   "count",   "seconds",   "attempts", "best",    "graders",
                               "blind",    "review", "removed", "tolerance", "source",   "grading", "trust"}},
    {"category", 1, {"name"}, {"weight", "drops"}},
    {"extension", 1, {"assignment", "person"}, {"due", "attempts", "reason"}},
    {"assignment_attempt", 1, {"attempt"}, {"assignment"}},
    {"attempt",
     1,
     {"id"},
     {"person", "bank", "rev", "seed", "seconds", "started", "boot_id", "boot_base", "drift", "ended", "reason", "used", "score",
      "max", "mode", "settings", "points"}},
    {"grading", 1, {"id"}, {"at", "attempt", "slot", "grader", "points", "most", "comment", "criteria", "final"}},
    {"regrade", 1, {"id"}, {"at", "attempt", "person", "rev", "score", "max", "reason"}},
    {"confirmation", 1, {"id"}, {"at", "assignment", "person", "grader", "percent", "comment"}},
    {"message", 1, {"id"}, {"at", "sender", "recipient", "text"}},
    {"progress", 1, {"person", "kind", "id"}, {"step", "steps", "done", "first", "finished", "stepped", "hints", "solved"}},
    {"lab_go", 1, {"person", "lab"}, {"machine", "started", "minutes"}},
    {"lab_step", 1, {"person", "lab", "step"}, {"done", "solved", "hints"}},
};

enum { TABLES = sizeof tables / sizeof *tables };

/* One change of one row; "" where there was, or is, no row. */
struct change {
    const struct table *table;
    char *key;
    char before[SHORT + 1], after[SHORT + 1];
};

struct rows {
    int key[TABLES][KEY_MOST], columns[TABLES][COLUMNS_MOST]; /* their places in the table; -1 ends */
    struct change *changes;
    size_t count, room, kept; /* kept: before the savepoint */
};

/* Where a row's values come from: the row before or after a change, or a query of the whole table. */
typedef sqlite3_value *value_of(void *from, int column);

static sqlite3_value *value_before(void *from, int column)
{
    sqlite3_value *value = NULL;
    sqlite3_preupdate_old(from, column, &value);
    return value;
}

static sqlite3_value *value_after(void *from, int column)
{
    sqlite3_value *value = NULL;
    sqlite3_preupdate_new(from, column, &value);
    return value;
}

static sqlite3_value *value_read(void *from, int column) { return sqlite3_column_value(from, column); }

/* Type, length and bytes: no two rows give the same text. A whole number in a REAL column is an integer before it is stored and
 * none afterwards: all that is whole is written as one. */
static void add_value(struct buf *text, sqlite3_value *value)
{
    int type = sqlite3_value_type(value);
    double real = type == SQLITE_FLOAT ? sqlite3_value_double(value) : 0;
    if (type == SQLITE_FLOAT && !(real == floor(real) && fabs(real) < 9e15))
        buf_printf(text, "r%.17g|", real);
    else if (type == SQLITE_FLOAT || type == SQLITE_INTEGER)
        buf_printf(text, "i%lld|", type == SQLITE_FLOAT ? (long long)real : (long long)sqlite3_value_int64(value));
    else if (type == SQLITE_NULL)
        buf_puts(text, "n|");
    else {
        const void *bytes = type == SQLITE_BLOB ? sqlite3_value_blob(value) : sqlite3_value_text(value);
        int len = sqlite3_value_bytes(value);
        buf_printf(text, "%c%d:", type == SQLITE_BLOB ? 'b' : 't', len);
        buf_add(text, bytes ? bytes : "", (size_t)len);
        buf_putc(text, '|');
    }
}

static void digest_row(const int *columns, value_of *value, void *from, char out[SHORT + 1])
{
    cleanup_buf struct buf text = BUF_INIT;
    char digest[DIGEST_TEXT];
    for (; *columns >= 0; columns++)
        add_value(&text, value(from, *columns));
    digest_bytes(text.data ? text.data : "", text.len, digest);
    memcpy(out, digest + strlen("sha256:"), SHORT);
    out[SHORT] = 0;
}

/* "3" or "3:lab:wire"; allocated. *whole is false when it holds a zero byte, which none of ours does. */
static char *key_of(const int *key, value_of *value, void *from, bool *whole)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < KEY_MOST && key[i] >= 0; i++) {
        sqlite3_value *part = value(from, key[i]);
        const char *bytes = (const char *)sqlite3_value_text(part);
        *whole = *whole && bytes && strlen(bytes) == (size_t)sqlite3_value_bytes(part);
        buf_printf(&text, "%s%s", i ? ":" : "", bytes ? bytes : "");
    }
    return buf_take(&text);
}

static struct change *add_change(struct rows *rows, size_t table, char *key)
{
    if (rows->count == rows->room)
        rows->changes = xrealloc(rows->changes, (rows->room = rows->room ? rows->room * 2 : 64) * sizeof *rows->changes);
    rows->changes[rows->count] = (struct change){.table = &tables[table], .key = key};
    return &rows->changes[rows->count++];
}

/* sqlite.org/c3ref/preupdate_blobwrite.html: called before each row is changed, with the row as it was and as it will be. */
static void on_change(void *data, sqlite3 *db, int op, const char *database, const char *name, sqlite3_int64 row, sqlite3_int64 to)
{
    (void)row, (void)to;
    struct rows *rows = data;
    size_t i = 0;
    bool whole = true;
    while (i < TABLES && !str_equal(tables[i].name, name))
        i++;
    if (i == TABLES || !str_equal(database, "main"))
        return;
    struct change *change = add_change(rows, i, key_of(rows->key[i], op == SQLITE_INSERT ? value_after : value_before, db, &whole));
    if (op != SQLITE_INSERT)
        digest_row(rows->columns[i], value_before, db, change->before);
    if (op != SQLITE_DELETE)
        digest_row(rows->columns[i], value_after, db, change->after);
}

static void forget_from(struct rows *rows, size_t first)
{
    while (rows->count > first)
        free(rows->changes[--rows->count].key);
}

void rows_keep(struct store *store)
{
    if (store->rows)
        store->rows->kept = store->rows->count;
}

void rows_undo(struct store *store)
{
    if (store->rows)
        forget_from(store->rows, store->rows->kept);
}

void rows_forget(struct store *store)
{
    if (store->rows)
        forget_from(store->rows, store->rows->kept = 0);
}

void rows_end(struct store *store)
{
    rows_forget(store);
    if (store->rows)
        free(store->rows->changes);
    free(store->rows);
    store->rows = NULL;
}

/* --- watching */

static sqlite3_stmt *whole_table(struct store *store, const struct table *table, struct error *err)
{
    sqlite3_stmt *query = NULL;
    cleanup_free char *sql = str_format("SELECT * FROM main.%s", table->name);
    if (sqlite3_prepare_v2(store->db, sql, -1, &query, NULL) != SQLITE_OK)
        error_set(err, EIO, "watch the rows of %s in %s: %s", table->name, store->path, sqlite3_errmsg(store->db));
    return query;
}

static int place_of(sqlite3_stmt *query, const char *column)
{
    for (int i = 0; i < sqlite3_column_count(query); i++)
        if (str_equal(sqlite3_column_name(query, i), column))
            return i;
    return -1;
}

static void find_columns(sqlite3_stmt *query, const char *const *names, size_t most, int *out)
{
    size_t i = 0;
    for (; i < most && names[i]; i++)
        out[i] = place_of(query, names[i]);
    if (i < most)
        out[i] = -1;
}

/* Rows that were there before anybody watched are taken as they are. */
static int take_table(struct store *store, size_t table, struct error *err)
{
    sqlite3_stmt *query = whole_table(store, &tables[table], err);
    bool whole = true;
    while (query && sqlite3_step(query) == SQLITE_ROW) {
        struct rows *rows = store->rows;
        struct change *change = add_change(rows, table, key_of(rows->key[table], value_read, query, &whole));
        digest_row(rows->columns[table], value_read, query, change->after);
    }
    if (!query)
        return -err->code;
    return sqlite3_finalize(query) == SQLITE_OK
               ? 0
               : error_set(err, EIO, "read the rows of %s in %s: %s", tables[table].name, store->path, sqlite3_errmsg(store->db));
}

static int take_all(struct store *store, int64_t since, struct error *err)
{
    int r = store_begin(store, err);
    for (size_t i = 0; i < TABLES && r == 0; i++)
        if (tables[i].since > since)
            r = take_table(store, i, err);
    if (r == 0)
        r = store_run(store, err,
                      "INSERT INTO setting (name, value) VALUES ('rows-watched', CAST(?1 AS BLOB)) ON CONFLICT DO UPDATE SET"
                      " value = CAST(?1 AS BLOB)",
                      "i", (int64_t)WATCHED);
    if (r == 0)
        return store_commit(store, err);
    store_rollback(store);
    return r;
}

int rows_watch(struct store *store, struct error *err)
{
    int64_t since =
        store_number(store, 0, "SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM setting WHERE name = 'rows-watched'", "");
    store->rows = xcalloc(1, sizeof *store->rows);
    for (size_t i = 0; i < TABLES; i++) {
        sqlite3_stmt *query = whole_table(store, &tables[i], err);
        if (!query)
            return -err->code;
        find_columns(query, tables[i].key, KEY_MOST, store->rows->key[i]);
        find_columns(query, tables[i].columns, COLUMNS_MOST, store->rows->columns[i]);
        sqlite3_finalize(query);
    }
    sqlite3_preupdate_hook(store->db, on_change, store->rows);
    return since == WATCHED ? 0 : take_all(store, since, err);
}

static json_t *digest_json(const char *digest) { return *digest ? json_string(digest) : json_null(); }

static bool same_row(const struct change *a, const struct change *b) { return a->table == b->table && str_equal(a->key, b->key); }

static int by_row(const void *left, const void *right)
{
    const struct change *a = *(struct change *const *)left, *b = *(struct change *const *)right;
    int order = a->table != b->table ? (a->table < b->table ? -1 : 1) : strcmp(a->key, b->key);
    return order ? order : a < b ? -1 : a > b;
}

/* Changes of one row side by side, in the order in which they happened. */
static struct change **sorted(struct rows *rows)
{
    struct change **order = xcalloc(rows->count, sizeof *order);
    for (size_t i = 0; i < rows->count; i++)
        order[i] = &rows->changes[i];
    qsort(order, rows->count, sizeof *order, by_row);
    return order;
}

static int write_event(struct store *store, json_t *rows, struct error *err)
{
    struct event event = {.person = 0,
                          .attempt = EVENT_NONE,
                          .slot = EVENT_NONE,
                          .seq = EVENT_NONE,
                          .kind = EVENT_ROWS,
                          .body = json_pack("{s:o}", "rows", rows)};
    return event_append(store, &event, err);
}

static int write_some(struct store *store, json_t **list, size_t least, struct error *err)
{
    if (json_array_size(*list) < least)
        return 0;
    json_t *full = *list;
    *list = json_array();
    return write_event(store, full, err);
}

/* What was made and unmade, or written as it was, is no change. */
int rows_write(struct store *store, struct error *err)
{
    struct rows *rows = store->rows;
    if (!rows || rows->count == 0)
        return 0;
    cleanup_free struct change **order = sorted(rows);
    json_t *list = json_array();
    int r = 0;
    for (size_t i = 0, last; i < rows->count && r == 0; i = last + 1) {
        for (last = i; last + 1 < rows->count && same_row(order[i], order[last + 1]);)
            last++;
        if (!str_equal(order[i]->before, order[last]->after))
            json_array_append_new(list, json_pack("[s,s,o,o]", order[i]->table->name, order[i]->key, digest_json(order[i]->before),
                                                  digest_json(order[last]->after)));
        r = write_some(store, &list, AT_ONCE, err);
    }
    if (r == 0)
        r = write_some(store, &list, 1, err);
    json_decref(list);
    rows_forget(store);
    return r;
}

/* --- the audit */

static int odd_row(struct error *err, const char *name, const char *key, const char *what)
{
    return error_set(err, EBADMSG, "%s %s %s", name, key, what);
}

/* One entry of an event on what is known so far: it has to go on from there. */
static int replay(json_t *known, const json_t *entry, int64_t event, struct error *err)
{
    const char *name = json_string_value(json_array_get(entry, 0)), *key = json_string_value(json_array_get(entry, 1));
    if (!name || !key)
        return error_set(err, EBADMSG, "event %lld names no rows", (long long)event);
    cleanup_free char *id = str_format("%s %s", name, key);
    const json_t *before = json_array_get(entry, 2), *last = json_object_get(known, id);
    if (last ? !json_equal(last, before) : !json_is_null(before)) {
        cleanup_free char *what = str_format("was changed by another program before event %lld", (long long)event);
        return odd_row(err, name, key, what);
    }
    json_object_set(known, id, json_array_get(entry, 3));
    return 0;
}

static int replay_all(struct store *store, json_t *known, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT id, body FROM event WHERE kind = '" EVENT_ROWS "' ORDER BY id", "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        cleanup_json json_t *body = json_loads(query_text(query, 1), 0, NULL);
        size_t i;
        json_t *entry;
        json_array_foreach(json_object_get(body, "rows"), i, entry)
        {
            r = replay(known, entry, query_int(query, 0), err);
            if (r < 0)
                return r;
        }
    }
    return r;
}

/* Rows as they are; what is found is taken out of `known`. */
static int compare_table(struct store *store, size_t table, json_t *known, struct error *err)
{
    const char *name = tables[table].name;
    sqlite3_stmt *query = whole_table(store, &tables[table], err);
    int r = query ? 0 : -err->code;
    while (r == 0 && sqlite3_step(query) == SQLITE_ROW) {
        char digest[SHORT + 1];
        bool whole = true;
        cleanup_free char *key = key_of(store->rows->key[table], value_read, query, &whole), *id = str_format("%s %s", name, key);
        digest_row(store->rows->columns[table], value_read, query, digest);
        const json_t *last = json_object_get(known, id);
        if (!whole || !last || json_is_null(last))
            r = odd_row(err, name, key, "was written by another program");
        else if (!str_equal(json_string_value(last), digest))
            r = odd_row(err, name, key, "is not as it was written");
        json_object_del(known, id);
    }
    if (sqlite3_finalize(query) != SQLITE_OK && r == 0)
        r = error_set(err, EIO, "read the rows of %s in %s: %s", name, store->path, sqlite3_errmsg(store->db));
    return r;
}

int rows_verify(struct store *store, struct error *err)
{
    cleanup_json json_t *known = json_object();
    int r = replay_all(store, known, err);
    if (r < 0 || json_object_size(known) == 0) /* nothing was written since rows are watched */
        return r;
    for (size_t i = 0; i < TABLES && r == 0; i++)
        r = compare_table(store, i, known, err);
    const char *id;
    json_t *last;
    json_object_foreach(known, id, last)
    {
        if (r == 0 && !json_is_null(last))
            r = error_set(err, EBADMSG, "%s was removed by another program", id);
    }
    return r;
}

int rows_content(struct store *store, int64_t rev, char out[80], struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "WITH sep(X) AS (SELECT char(31)) SELECT 'q', position, '', id || X || type || X || level || X || topic || X || objective "
        "|| X || stem || X || scoring || X ||"
        " coalesce(engine, X) || X || coalesce(lesson, X) || X || coalesce(man, X) || X || coalesce(lab, X) FROM question, sep"
        " WHERE rev = ?1"
        " UNION ALL SELECT 'o', position, letter, text FROM choice WHERE rev = ?1"
        " UNION ALL SELECT 'k', position, letter, is_key || X || explanation FROM choice_secret, sep WHERE rev = ?1"
        " UNION ALL SELECT 'c', position, letter, text FROM counterpart WHERE rev = ?1"
        " UNION ALL SELECT 's', position, '', key || X || coalesce(rubric, X) || X || points || X || coalesce(proof, X) || X ||"
        " proof_options FROM question_secret, sep WHERE rev = ?1"
        " UNION ALL SELECT 'p', position, number, is_key || X || text || X || quote(value) || X || quote(tolerance) || X ||"
        " coalesce(unit, X) || X || explanation FROM pattern, sep WHERE rev = ?1 ORDER BY 1, 2, 3",
        "i", rev);
    cleanup_buf struct buf text = BUF_INIT;
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        buf_printf(&text, "%s %lld %s ", query_text(query, 0), (long long)query_int(query, 1), query_text(query, 2));
        buf_add(&text, query_text(query, 3), (size_t)sqlite3_column_bytes(query, 3));
        buf_putc(&text, '\n');
    }
    char digest[DIGEST_TEXT];
    digest_bytes(text.data ? text.data : "", text.len, digest);
    snprintf(out, 80, "%s", digest);
    return r;
}
