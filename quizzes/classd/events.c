/* Appending to the chain, and walking it again. The bytes that are hashed are lines of text, so that anybody with sqlite3 and
 * sha256sum can do the same. */
#include "quizzes/classd/events.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct row {
    int64_t id, at, boot, person, attempt, slot, seq;
    const char *kind, *body;
};

static void add_number(struct buf *text, int64_t number)
{
    number == EVENT_NONE ? buf_puts(text, "-\n") : buf_printf(text, "%lld\n", (long long)number);
}

static void chain(const char *before, const struct row *row, char out[ID_TEXT])
{
    cleanup_buf struct buf text = BUF_INIT;
    buf_printf(&text, "%s\n", before);
    const int64_t numbers[] = {row->id, row->at, row->boot, row->person, row->attempt, row->slot, row->seq};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        add_number(&text, numbers[i]);
    buf_printf(&text, "%s\n%s\n", row->kind, row->body);
    char digest[DIGEST_TEXT];
    digest_bytes(text.data, text.len, digest);
    memcpy(out, digest + strlen("sha256:"), ID_TEXT);
}

int event_head(struct store *store, char out[ID_TEXT], int64_t *count, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(store, err, "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1", "");
    if (!query)
        return -err->code;
    int r = query_next(store, query, err);
    if (r < 0)
        return r;
    memset(out, '0', ID_TEXT - 1);
    out[ID_TEXT - 1] = 0;
    *count = r ? query_int(query, 0) : 0;
    if (r && strlen(query_text(query, 1)) == ID_TEXT - 1)
        memcpy(out, query_text(query, 1), ID_TEXT);
    return 0;
}

/* The first of a transaction looks whether the chain ends where it was left: to go on from a shorter one would hide what was cut
 * off, so that is put on record. */
static int note_gap(struct store *store, struct error *err)
{
    if (store->events_added)
        return 0;
    store->events_added = true;
    if (store_number(
            store, 1,
            "SELECT (events, head) IS (SELECT ifnull(max(id), 0), ifnull((SELECT hash FROM event ORDER BY id DESC LIMIT 1),"
            " '') FROM event) FROM event_end",
            ""))
        return 0;
    int64_t events = store_number(store, 0, "SELECT events FROM event_end", "");
    struct event gap = {.person = 0,
                        .attempt = EVENT_NONE,
                        .slot = EVENT_NONE,
                        .seq = EVENT_NONE,
                        .kind = EVENT_GAP,
                        .body = json_pack("{s:I}", "events", (json_int_t)events)};
    return event_append(store, &gap, err);
}

int event_append(struct store *store, const struct event *event, struct error *err)
{
    cleanup_json json_t *body = event->body;
    cleanup_free char *text = json_text(body);
    struct time_now now;
    store->time(&now);
    char before[ID_TEXT], hash[ID_TEXT];
    struct row row = {.at = now.real_ms,
                      .boot = now.boot_ms,
                      .person = event->person,
                      .attempt = event->attempt,
                      .slot = event->slot,
                      .seq = event->seq,
                      .kind = event->kind,
                      .body = text};
    int r = note_gap(store, err);
    if (r == 0)
        r = event_head(store, before, &row.id, err);
    if (r < 0)
        return r;
    row.id++;
    chain(before, &row, hash);
    return store_run(store, err,
                     "INSERT INTO event (id, at, boot, person, attempt, slot, seq, kind, body, hash)"
                     " VALUES (?, ?, ?, ?, nullif(?, -1), nullif(?, -1), nullif(?, -1), ?, ?, ?)",
                     "iiiiiiittt", row.id, row.at, row.boot, row.person, row.attempt, row.slot, row.seq, row.kind, row.body, hash);
}

/* EVENT_NONE stands for null alone: the number itself, stored, would hash alike. */
static int64_t or_none(sqlite3_stmt *query, int column, bool *odd)
{
    *odd = *odd || (!query_null(query, column) && query_int(query, column) == EVENT_NONE);
    return query_null(query, column) ? EVENT_NONE : query_int(query, column);
}

/* A text that ends for C where it ends in the database. */
static const char *whole_text(sqlite3_stmt *query, int column, bool *odd)
{
    const char *text = query_text(query, column);
    *odd = *odd || strlen(text) != (size_t)sqlite3_column_bytes(query, column);
    return text;
}

static int verify_row(sqlite3_stmt *query, int64_t expected, char before[ID_TEXT], struct error *err)
{
    bool odd = false;
    char hash[ID_TEXT];
    struct row row = {.id = query_int(query, 0),
                      .at = query_int(query, 1),
                      .boot = query_int(query, 2),
                      .person = query_int(query, 3),
                      .attempt = or_none(query, 4, &odd),
                      .slot = or_none(query, 5, &odd),
                      .seq = or_none(query, 6, &odd),
                      .kind = whole_text(query, 7, &odd),
                      .body = whole_text(query, 8, &odd)};
    if (row.id != expected)
        return error_set(err, EBADMSG, "event %lld is missing", (long long)expected);
    chain(before, &row, hash);
    if (odd || !str_equal(hash, whole_text(query, 9, &odd)) || odd)
        return error_set(err, EBADMSG, "event %lld was changed after it was stored", (long long)row.id);
    memcpy(before, hash, sizeof hash);
    return 0;
}

int event_verify(struct store *store, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT id, at, boot, person, attempt, slot, seq, kind, body, hash FROM event ORDER BY id", "");
    if (!query)
        return -err->code;
    char before[ID_TEXT];
    memset(before, '0', ID_TEXT - 1);
    before[ID_TEXT - 1] = 0;
    int r;
    int64_t expected = 1;
    for (; (r = query_next(store, query, err)) == 1; expected++) {
        r = verify_row(query, expected, before, err);
        if (r < 0)
            return r;
    }
    return r;
}

int event_end_write(struct store *store, struct error *err)
{
    return store_run(store, err,
                     "UPDATE event_end SET (events, head) = (SELECT id, hash FROM event ORDER BY id DESC LIMIT 1) WHERE EXISTS"
                     " (SELECT 1 FROM event)",
                     "");
}
