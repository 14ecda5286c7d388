/* The audit: the chain of events, where it ends, and whether everything that decides about a mark agrees with it.
 *
 * The chain covers the events. Attempts, what they drew, and the marks that people gave are tables of their own for speed; each of
 * their rows has an event that says the same, and a row that says something else was not written by this program. Whoever owns the
 * file can still write a whole new chain; then the heads on the students' receipts are not in it.
 */
#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/rows.h"

#include <errno.h>
#include <string.h>

enum { TRIGGERS = 12 };

/* Each gives the rows that do not fit: a number for the message. */
static const struct {
    const char *what, *sql;
} checks[] = {
    {"the end of the log does not fit what was written last, %lld events",
     "SELECT events FROM event_end WHERE (events, head) IS NOT"
     " (SELECT ifnull(max(id), 0), ifnull((SELECT hash FROM event"
     " ORDER BY id DESC LIMIT 1), '') FROM event)"},
    {"the beginning of attempt %lld does not agree with the log",
     "SELECT a.id FROM attempt a LEFT JOIN event e ON e.attempt = a.id AND e.kind = 'exam.start' WHERE e.id IS NULL OR e.person <>"
     " a.person OR e.body ->> 'bank' IS NOT a.bank OR e.body ->> 'rev' IS NOT a.rev OR coalesce(e.body ->> 'mode', 'exam') <> "
     "a.mode OR"
     " e.body ->> 'seconds' IS NOT a.seconds OR"
     " e.body ->> 'seed' IS NOT lower(hex(a.seed)) OR abs(e.at - a.started) > 2000"},
    {"the end of attempt %lld does not agree with the log",
     "SELECT a.id FROM attempt a LEFT JOIN event e ON e.attempt = a.id AND e.kind IN ('exam.finish', 'exam.expire') WHERE"
     " (e.id IS NULL) <> (a.ended IS NULL) OR (e.id IS NOT NULL AND (abs(e.body ->> 'score' - coalesce(a.points, a.score, -1)) > "
     "1e-9 OR abs(a.score - coalesce(a.points, a.score)) >= 1 OR e.body ->> 'max' IS NOT "
     "a.max"
     " OR (e.kind = 'exam.expire') <> (a.reason = 'expired') OR a.ended > e.at + 2000 OR a.used IS NULL OR a.used > a.seconds * "
     "1000))"},
    {"mark %lld of a grader does not agree with the log",
     "SELECT g.id FROM grading g LEFT JOIN event e ON e.kind = 'class.grade' AND e.body ->> 'grading' = g.id WHERE e.id IS NULL OR"
     " e.person <> g.grader OR abs(e.at - g.at) > 2000 OR e.body ->> 'attempt' IS NOT g.attempt OR e.body ->> 'slot' IS NOT g.slot "
     "OR"
     " e.body ->> 'points' IS NOT g.points OR e.body ->> 'most' IS NOT g.most OR e.body ->> 'comment' IS NOT g.comment OR"
     " coalesce(e.body -> 'criteria', '[]') IS NOT g.criteria OR coalesce(e.body ->> 'final', 0) IS NOT g.final"},
    {"mark %lld of the log is missing among the graders'", "SELECT e.id FROM event e WHERE e.kind = 'class.grade' AND NOT EXISTS "
                                                           "(SELECT 1 FROM grading g WHERE g.id = e.body ->> 'grading')"},
    {"confirmation %lld does not agree with the log",
     "SELECT c.id FROM confirmation c LEFT JOIN event e ON e.kind = 'class.confirm' AND e.body ->> 'confirmation' = c.id WHERE"
     " e.id IS NULL OR e.person <> c.grader OR abs(e.at - c.at) > 2000 OR e.body ->> 'assignment' IS NOT c.assignment OR"
     " e.body ->> 'person' IS NOT c.person OR e.body ->> 'percent' IS NOT c.percent OR e.body ->> 'comment' IS NOT c.comment"},
    {"event %lld tells of a confirmation that is missing",
     "SELECT e.id FROM event e WHERE e.kind = 'class.confirm' AND NOT EXISTS (SELECT 1 FROM confirmation c WHERE c.id ="
     " e.body ->> 'confirmation')"},
    {"regrade %lld does not agree with the log",
     "SELECT g.id FROM regrade g LEFT JOIN event e ON e.kind = 'class.regrade' AND e.body ->> 'regrade' = g.id WHERE e.id IS NULL "
     "OR"
     " e.person <> g.person OR abs(e.at - g.at) > 2000 OR e.body ->> 'attempt' IS NOT g.attempt OR e.body ->> 'rev' IS NOT g.rev OR"
     " e.body ->> 'score' IS NOT g.score OR e.body ->> 'max' IS NOT g.max OR e.body ->> 'reason' IS NOT g.reason"},
    {"event %lld tells of a regrade that is missing", "SELECT e.id FROM event e WHERE e.kind = 'class.regrade' AND NOT EXISTS "
                                                      "(SELECT 1 FROM regrade g WHERE g.id = e.body ->> 'regrade')"},
    {"the assignment of attempt %lld does not agree with the log",
     "SELECT e.body ->> 'attempt' FROM event e LEFT JOIN assignment_attempt x ON x.attempt = e.body ->> 'attempt' WHERE"
     " e.kind = 'exam.items' AND nullif(e.body ->> 'assignment', 0) IS NOT x.assignment"},
    {"when event %lld was written, events before it had been cut off", "SELECT id FROM event WHERE kind = '" EVENT_GAP "'"},
    {"attempt %lld is in the log, and not among the attempts",
     "SELECT e.attempt FROM event e LEFT JOIN attempt a ON a.id = e.attempt WHERE e.attempt IS NOT NULL AND a.id IS NULL"},
};

static int check_tables(struct store *store, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        cleanup_query sqlite3_stmt *query = store_query(store, err, checks[i].sql, "");
        int r = query ? query_next(store, query, err) : -err->code;
        if (r < 0)
            return r;
        if (r == 1) {
            cleanup_free char *number = str_format("%lld", (long long)query_int(query, 0));
            const char *at = strstr(checks[i].what, "%lld");
            return error_set(err, EBADMSG, "%.*s%s%s", (int)(at - checks[i].what), checks[i].what, number, at + 4);
        }
    }
    return 0;
}

/* What an attempt drew, against the digest that went into the chain when it began (in a class). */
static int check_items(struct store *store, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT body ->> 'attempt', body ->> 'items' FROM event WHERE kind = 'exam.items' ORDER BY id", "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        char digest[80];
        r = assign_items_digest(store, query_int(query, 0), digest, err);
        if (r == 0 && !str_equal(digest, query_text(query, 1)))
            r = error_set(err, EBADMSG, "the questions of attempt %lld are not those that it drew", (long long)query_int(query, 0));
        if (r < 0)
            return r;
    }
    return r;
}

/* Questions and keys of every bank, as they were when they were imported. */
static int check_content(struct store *store, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT body ->> 'rev', body ->> 'content', body ->> 'bank' FROM event WHERE kind = 'bank.import' AND body ->> 'content'"
        " IS NOT NULL ORDER BY id",
        "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        char digest[80];
        r = rows_content(store, query_int(query, 0), digest, err);
        if (r == 0 && !str_equal(digest, query_text(query, 1)))
            r = error_set(err, EBADMSG, "questions of the bank %s, revision %lld, are not as they were imported",
                          query_text(query, 2), (long long)query_int(query, 0));
        if (r < 0)
            return r;
    }
    return r;
}

static int check_triggers(struct store *store, struct error *err)
{
    int64_t there =
        store_number(store, 0,
                     "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND (name LIKE '%_is_final' OR name LIKE"
                     " '%_is_kept') AND sql LIKE '%RAISE(ABORT%'",
                     "");
    return there >= TRIGGERS ? 0 : error_set(err, EBADMSG, "a trigger that keeps the log from changing was removed");
}

int audit(struct store *store, struct error *err)
{
    int r = event_verify(store, err);
    if (r == 0)
        r = check_tables(store, err);
    if (r == 0)
        r = check_items(store, err);
    if (r == 0)
        r = check_content(store, err);
    if (r == 0)
        r = rows_verify(store, err);
    return r < 0 ? r : check_triggers(store, err);
}

static json_t *find_receipt(const struct request *request, const char *hash, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT id, at, attempt, kind FROM event WHERE hash = ?", "t", hash);
    if (!query || query_next(request->store, query, err) != 1)
        return json_null();
    return json_pack("{s:I,s:o,s:I,s:s}", "event", (json_int_t)query_int(query, 0), "at", json_time(query_int(query, 1)), "attempt",
                     (json_int_t)query_int(query, 2), "kind", query_text(query, 3));
}

int request_audit(const struct request *request, json_t *reply, struct error *err)
{
    char head[ID_TEXT];
    int64_t count;
    const char *receipt = json_str(request->body, "receipt", NULL);
    int r = event_head(request->store, head, &count, err);
    if (r < 0)
        return r;
    struct error why = ERROR_INIT;
    /* What was asked just now is in the log already, and not yet in what tells of its end. */
    r = rows_write(request->store, err);
    if (r == 0 && request->store->events_added)
        r = event_end_write(request->store, err);
    if (r < 0)
        return r;
    r = audit(request->store, &why);
    if (r < 0 && r != -EBADMSG)
        return error_set(err, why.code, "%s", why.message);
    json_object_set_new(reply, "events", json_integer(count));
    json_object_set_new(reply, "head", json_string(head));
    json_object_set_new(reply, "intact", json_boolean(r == 0));
    json_object_set_new(reply, "problem", r == 0 ? json_null() : json_string(why.message));
    if (receipt)
        json_object_set_new(reply, "receipt", find_receipt(request, receipt, err));
    return 0;
}
