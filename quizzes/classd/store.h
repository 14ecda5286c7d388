/* The school's database: SQLite in WAL mode with synchronous=FULL, opened by slipway-classd alone.
 *
 * Statements are prepared once for each SQL text (a string literal) and kept. A query is stepped to its end or reset by its
 * cleanup attribute. Failures come back as errors that name the database; ENOSPC, EROFS and EBUSY are told apart.
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_STORE_H
#define SLIPWAY_QUIZZES_CLASSD_STORE_H

#include "base/error.h"
#include "quizzes/classd/time_now.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

enum { STORE_SECRET = 32, STORE_STATEMENTS = 384 };

struct store {
    sqlite3 *db;
    char *path;
    unsigned char secret[STORE_SECRET]; /* drawing and shuffling derive from it */
    time_source *time;                  /* replaced by tests */
    bool classroom;                     /* the database is a class's: its roster decides who may ask what (roles.h) */
    bool events_added;                  /* since the last commit */
    struct rows *rows;                  /* rows.h */
    dev_t device;                       /* the file that was opened, to be told from one that is put in its place */
    ino_t inode;
    struct peeks *peeks; /* peek.h; NULL before the first */
    int wal_pages;       /* in the log that COMMIT writes to, and not yet in the file */
    int64_t swept_ms;    /* boot time of the last look for attempts whose time is up */
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } cache[STORE_STATEMENTS];
};

/* Opens, and makes or migrates what is missing. A database of a newer Slipway, of another program, or one that is no database is
 * an error, and its file is left as it is. */
int store_open(struct store *store, const char *path, struct error *err);
void store_close(struct store *store);

/* What this program can read; the database says what it is in PRAGMA user_version. */
int store_schema_version(void);
extern const char *const store_migrations[]; /* [n] leads from version n to n + 1; NULL ends */

int64_t store_now_ms(const struct store *store); /* the wall clock, since the epoch */

int store_begin(struct store *store, struct error *err); /* BEGIN IMMEDIATE */
/* Durable when it returns 0, and in the file that stands under its name: ESTALE when that is gone or another one by then. */
int store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

/* COMMIT writes to the log (sqlite.org/wal.html); what stands in it goes to the database itself in quiet moments, for it takes as
 * long as many commits. A commit does it when the log has become long all the same. */
bool store_wants_checkpoint(const struct store *store);
void store_checkpoint(struct store *store);

/* A part of a transaction that can fail alone. */
int store_savepoint(struct store *store, struct error *err);
void store_savepoint_end(struct store *store, bool keep);

/* A query with its parameters: `types` has one letter each: i (int64_t), t (const char *, NULL for null), b (const void *, size_t),
 * n (null, no argument), d (double). NULL on failure. */
sqlite3_stmt *store_query(struct store *store, struct error *err, const char *sql, const char *types, ...);
/* 1 for a row, 0 at the end, negative for an error. */
int query_next(struct store *store, sqlite3_stmt *query, struct error *err);
int64_t query_int(sqlite3_stmt *query, int column);
double query_real(sqlite3_stmt *query, int column);
const char *query_text(sqlite3_stmt *query, int column); /* "" for null; valid until the next step */
bool query_null(sqlite3_stmt *query, int column);
void cleanup_query_p(sqlite3_stmt **query);
#define cleanup_query __attribute__((cleanup(cleanup_query_p)))

/* A statement without rows: 0 or an error (EEXIST when a UNIQUE constraint refuses it). */
int store_run(struct store *store, struct error *err, const char *sql, const char *types, ...);
/* The first column of the first row, or `otherwise` when there is no row; negative errors go to err, and `otherwise` is returned.
 */
int64_t store_number(struct store *store, int64_t otherwise, const char *sql, const char *types, ...);
int64_t store_last_id(struct store *store);

#endif
