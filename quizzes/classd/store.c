/* Opening the database, and the thin layer over SQLite that the rest of slipway-classd uses. */
#include "quizzes/classd/store.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/engine_range.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/peek.h"
#include "quizzes/classd/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2500, LOG_WORTH = 1000, LOG_LONG = 16000, APPLICATION_ID = 0x736c7770 /* "slwp" */, HEADER_VERSION_AT = 60 };

static int error_number(int code)
{
    static const struct {
        int sqlite, number;
    } table[] = {{SQLITE_FULL, ENOSPC},   {SQLITE_READONLY, EROFS}, {SQLITE_BUSY, EBUSY},       {SQLITE_CANTOPEN, EACCES},
                 {SQLITE_NOTADB, EINVAL}, {SQLITE_CORRUPT, EIO},    {SQLITE_CONSTRAINT, EEXIST}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].sqlite == (code & 0xff))
            return table[i].number;
    return EIO;
}

static int store_error(struct store *store, struct error *err, const char *doing)
{
    return error_set(err, error_number(sqlite3_extended_errcode(store->db)), "%s database %s: %s", doing, store->path,
                     sqlite3_errmsg(store->db));
}

static int execute(struct store *store, const char *sql, struct error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_error(store, err, "write");
}

static int64_t pragma(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static int refuse_newer(const char *path, int64_t version, struct error *err)
{
    if (version <= store_schema_version())
        return 0;
    return error_set(
        err, EPROTONOSUPPORT,
        "database %s was made by a newer Slipway (schema %lld, this one knows %d); upgrade slipway or use another database", path,
        (long long)version, store_schema_version());
}

/* The version stands in the file's header too (sqlite.org/fileformat.html, 1.3): looking there first touches nothing at all. */
static int check_header(const char *path, struct error *err)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char header[100];
    if (fd < 0 || read_full(fd, header, sizeof header) != sizeof header || memcmp(header, "SQLite format 3", 16) != 0)
        return 0;
    const unsigned char *at = header + HEADER_VERSION_AT;
    return refuse_newer(path, (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3], err);
}

static int check_owner(struct store *store, struct error *err)
{
    int64_t tables = pragma(store, "SELECT count(*) FROM sqlite_schema");
    if (tables < 0)
        return store_error(store, err, "open");
    if (tables > 0 && pragma(store, "PRAGMA application_id") != APPLICATION_ID)
        return error_set(err, EINVAL, "database %s belongs to another program; set SLIPWAY_CLASS_DB to another file", store->path);
    return refuse_newer(store->path, pragma(store, "PRAGMA user_version"), err);
}

static int migrate(struct store *store, struct error *err)
{
    int r = store_begin(store, err);
    if (r < 0)
        return r;
    /* Read inside the transaction: two programs may have found the same old version. */
    for (int64_t version = pragma(store, "PRAGMA user_version"); r == 0 && store_migrations[version]; version++) {
        cleanup_free char *stamp =
            str_format("PRAGMA user_version = %lld; PRAGMA application_id = %d", (long long)version + 1, APPLICATION_ID);
        r = execute(store, store_migrations[version], err);
        if (r == 0)
            r = execute(store, stamp, err);
    }
    if (r == 0)
        return store_commit(store, err);
    store_rollback(store);
    return r;
}

static int read_secret(struct store *store, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(store, err, "SELECT value FROM setting WHERE name = 'exam-secret'", "");
    if (!query || query_next(store, query, err) != 1 || sqlite3_column_bytes(query, 0) != STORE_SECRET)
        return error_set(err, EINVAL, "database %s: the exam secret is missing", store->path);
    memcpy(store->secret, sqlite3_column_blob(query, 0), STORE_SECRET);
    store->classroom = store_number(store, 0, "SELECT count(*) FROM class", "") > 0;
    return 0;
}

static int on_commit(void *data, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    struct store *store = data;
    store->wal_pages = pages;
    return SQLITE_OK;
}

/* SQL: engine_fits(range, version), for draws (engine_range.h). */
static void engine_fits(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int(context,
                       engine_range_fits((const char *)sqlite3_value_text(values[0]), (const char *)sqlite3_value_text(values[1])));
}

static int open_checked(struct store *store, struct error *err)
{
    static const char setup[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                "PRAGMA trusted_schema = OFF; PRAGMA recursive_triggers = ON;";
    int r = check_header(store->path, err);
    if (r < 0)
        return r;
    if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return store->db ? store_error(store, err, "open") : error_set(err, ENOMEM, "open database %s: no memory", store->path);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_create_function(store->db, "engine_fits", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, engine_fits, NULL, NULL);
    sqlite3_wal_hook(store->db, on_commit, store); /* in place of the checkpoint that SQLite itself would make there */
    sqlite3_extended_result_codes(store->db, 1);
    r = check_owner(store, err);
    /* SQLite opens what it may not write for reading, and finds out at the first answer. */
    if (r == 0 && sqlite3_db_readonly(store->db, "main"))
        r = error_set(err, EROFS, "database %s is read-only: give its user the right to write it, or mount its disk read-write",
                      store->path);
    struct stat st;
    if (r == 0 && stat(store->path, &st) < 0)
        r = error_errno(err, errno, "look at database %s", store->path);
    if (r == 0) {
        store->device = st.st_dev;
        store->inode = st.st_ino;
    }
    if (r == 0 && sqlite3_exec(store->db, setup, NULL, NULL, NULL) != SQLITE_OK)
        r = store_error(store, err, "open");
    if (r == 0)
        r = migrate(store, err);
    if (r == 0)
        r = rows_watch(store, err);
    return r < 0 ? r : read_secret(store, err);
}

int store_open(struct store *store, const char *path, struct error *err)
{
    *store = (struct store){.path = xstrdup(path), .time = time_read, .swept_ms = -1};
    cleanup_free char *copy = xstrdup(path);
    mode_t old = umask(077);
    int r = path_make_dirs(dirname(copy), 0700, err);
    if (r == 0)
        r = open_checked(store, err);
    umask(old);
    if (r < 0)
        store_close(store);
    return r;
}

void store_close(struct store *store)
{
    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        sqlite3_finalize(store->cache[i].statement);
    sqlite3_close(store->db);
    rows_end(store);
    peeks_free(store->peeks);
    free(store->path);
    explicit_bzero(store->secret, sizeof store->secret);
    *store = (struct store){0};
}

int64_t store_now_ms(const struct store *store)
{
    struct time_now now;
    store->time(&now);
    return now.real_ms;
}

int store_begin(struct store *store, struct error *err) { return store_run(store, err, "BEGIN IMMEDIATE", ""); }

/* What is written into a file that was removed, or moved away, is durable for nobody. */
static int still_there(struct store *store, struct error *err)
{
    struct stat st;
    if (stat(store->path, &st) == 0 && st.st_dev == store->device && st.st_ino == store->inode)
        return 0;
    return error_set(err, ESTALE,
                     "database %s was removed or replaced while it was open; put it back and start slipway-classd again",
                     store->path);
}

int store_commit(struct store *store, struct error *err)
{
    int r = rows_write(store, err);
    if (r == 0 && store->events_added)
        r = event_end_write(store, err);
    if (r == 0)
        r = store_run(store, err, "COMMIT", "");
    if (r == 0)
        store->events_added = false;
    if (r == 0)
        r = still_there(store, err);
    if (r == 0 && store->wal_pages >= LOG_LONG)
        store_checkpoint(store);
    return r;
}

bool store_wants_checkpoint(const struct store *store) { return store->wal_pages >= LOG_WORTH; }

/* One that fails is tried again after the next commit: nothing is lost by it. */
void store_checkpoint(struct store *store)
{
    int pages = 0, done = 0;
    if (!store_wants_checkpoint(store))
        return;
    sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &done);
    store->wal_pages = 0;
}

void store_rollback(struct store *store)
{
    store->events_added = false;
    rows_forget(store);
    if (!sqlite3_get_autocommit(store->db))
        store_run(store, NULL, "ROLLBACK", "");
}

int store_savepoint(struct store *store, struct error *err)
{
    rows_keep(store);
    return store_run(store, err, "SAVEPOINT part", "");
}

void store_savepoint_end(struct store *store, bool keep)
{
    if (!keep) {
        store_run(store, NULL, "ROLLBACK TO part", "");
        rows_undo(store);
    }
    store_run(store, NULL, "RELEASE part", "");
}

static sqlite3_stmt *prepared(struct store *store, const char *sql, struct error *err)
{
    size_t i = 0;
    for (; i < STORE_STATEMENTS && store->cache[i].sql; i++)
        if (store->cache[i].sql == sql)
            return store->cache[i].statement;
    sqlite3_stmt *statement = NULL;
    if (i == STORE_STATEMENTS) {
        error_set(err, ENOBUFS, "more than %d different statements; raise STORE_STATEMENTS", STORE_STATEMENTS);
        return NULL;
    }
    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        store_error(store, err, "read");
        return NULL;
    }
    store->cache[i].sql = sql;
    store->cache[i].statement = statement;
    return statement;
}

static sqlite3_stmt *bind(struct store *store, struct error *err, const char *sql, const char *types, va_list args)
{
    sqlite3_stmt *query = prepared(store, sql, err);
    if (!query)
        return NULL;
    int r = SQLITE_OK;
    for (int i = 1; *types && r == SQLITE_OK; types++, i++) {
        if (*types == 'i') {
            r = sqlite3_bind_int64(query, i, va_arg(args, int64_t));
        } else if (*types == 't') {
            r = sqlite3_bind_text(query, i, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
        } else if (*types == 'd') {
            r = sqlite3_bind_double(query, i, va_arg(args, double));
        } else if (*types == 'b') {
            const void *bytes = va_arg(args, const void *);
            r = sqlite3_bind_blob64(query, i, bytes, va_arg(args, size_t), SQLITE_TRANSIENT);
        } else {
            r = sqlite3_bind_null(query, i);
        }
    }
    if (r != SQLITE_OK) {
        store_error(store, err, "read");
        sqlite3_reset(query);
        return NULL;
    }
    return query;
}

sqlite3_stmt *store_query(struct store *store, struct error *err, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *query = bind(store, err, sql, types, args);
    va_end(args);
    return query;
}

int query_next(struct store *store, sqlite3_stmt *query, struct error *err)
{
    int r = sqlite3_step(query);
    if (r == SQLITE_ROW)
        return 1;
    return r == SQLITE_DONE ? 0 : store_error(store, err, sqlite3_stmt_readonly(query) ? "read" : "write");
}

int64_t query_int(sqlite3_stmt *query, int column) { return sqlite3_column_int64(query, column); }
double query_real(sqlite3_stmt *query, int column) { return sqlite3_column_double(query, column); }

const char *query_text(sqlite3_stmt *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query, column);
    return text ? text : "";
}

bool query_null(sqlite3_stmt *query, int column) { return sqlite3_column_type(query, column) == SQLITE_NULL; }

void cleanup_query_p(sqlite3_stmt **query)
{
    if (*query)
        sqlite3_reset(*query);
}

int store_run(struct store *store, struct error *err, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    cleanup_query sqlite3_stmt *query = bind(store, err, sql, types, args);
    va_end(args);
    if (!query)
        return err ? -err->code : -EIO;
    int r = query_next(store, query, err);
    return r < 0 ? r : 0;
}

int64_t store_number(struct store *store, int64_t otherwise, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    cleanup_query sqlite3_stmt *query = bind(store, NULL, sql, types, args);
    va_end(args);
    return query && query_next(store, query, NULL) == 1 && !query_null(query, 0) ? query_int(query, 0) : otherwise;
}

int64_t store_last_id(struct store *store) { return sqlite3_last_insert_rowid(store->db); }
