/* Old attempts by corrected keys: each gets a new mark with a reason, and keeps its first. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/progress.h"

#include <errno.h>
#include <string.h>

enum { REASON_MOST = 4000 };

/* By the newest revision of bank `rev` belongs to; items of other banks by what counts for them already. *kept: items that have
 * other options there. */
static int score_again(struct store *store, int64_t attempt, int64_t newest, double *score, int64_t *max, int64_t *kept,
                       struct error *err)
{
    *score = 0;
    *kept = 0;
    *max = store_number(store, 0, "SELECT count(*) FROM attempt_item WHERE attempt = ?", "i", attempt);
    int r = 0;
    for (int64_t slot = 1; slot <= *max && r == 0; slot++) {
        struct drawn item;
        struct mark mark = {0};
        int64_t seq;
        cleanup_free char *answer = NULL;
        r = item_find(store, attempt, slot, &item, err);
        if (r == 0 &&
            store_number(store, 0, "SELECT a.id = b.id FROM bank a, bank b WHERE a.rev = ? AND b.rev = ?", "ii", item.rev, newest))
            *kept += !mark_revise(store, &item, newest);
        else if (r == 0)
            r = mark_correct(store, attempt, &item, err);
        if (r == 0)
            r = attempt_answer(store, attempt, slot, &answer, &seq, err);
        if (r == 0)
            r = score_answer(store, &item, answer, &mark, NULL, err);
        *score += mark.points;
    }
    return r;
}

static int regrade_one(const struct request *request, int64_t attempt, int64_t newest, const char *reason, json_t *changes,
                       struct error *err)
{
    struct store *store = request->store;
    struct time_now now;
    int64_t max, kept;
    double score, before = mark_percent(store, attempt);
    store->time(&now);
    int r = score_again(store, attempt, newest, &score, &max, &kept, err);
    if (r == 0)
        r = store_run(store, err, "INSERT INTO regrade (at, attempt, person, rev, score, max, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
                      "iiiiddt", now.real_ms, attempt, request->person, newest, score, (double)max, reason);
    if (r < 0)
        return r;
    double after = mark_percent(store, attempt);
    json_array_append_new(changes, json_pack("{s:I,s:f,s:f,s:I}", "attempt", (json_int_t)attempt, "before", before, "after", after,
                                             "kept", (json_int_t)kept));
    return progress_event(request, "class.regrade",
                          json_pack("{s:I,s:I,s:f,s:I,s:s,s:I}", "attempt", (json_int_t)attempt, "rev", (json_int_t)newest, "score",
                                    score, "max", (json_int_t)max, "reason", reason, "regrade", (json_int_t)store_last_id(store)),
                          err);
}

/* By the newest revision of the bank: every ended attempt that has questions of it and counts by another one, whatever kind of exam
 * it was. */
int request_class_regrade(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *bank = json_str(request->body, "bank", ""), *reason = json_str(request->body, "reason", "");
    int64_t newest = store_number(store, 0, "SELECT rev FROM bank WHERE id = ? ORDER BY recency DESC LIMIT 1", "t", bank);
    if (!newest)
        return error_set(err, ENOENT, "no such question bank: %s", bank);
    if (!*reason || strlen(reason) > REASON_MOST)
        return error_set(err, EINVAL, "a regrade needs a \"reason\"");
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT DISTINCT a.id FROM attempt a JOIN attempt_item i ON i.attempt = a.id JOIN bank b ON b.rev = i.rev"
                    " WHERE b.id = ?1 AND a.ended IS NOT NULL AND ?2 <> coalesce((SELECT g.rev FROM regrade g JOIN bank n ON"
                    " n.rev = g.rev WHERE g.attempt = a.id AND n.id = ?1 ORDER BY g.id DESC LIMIT 1), i.rev) ORDER BY a.id",
                    "ti", bank, newest);
    json_t *changes = json_array();
    json_object_set_new(reply, "changes", changes);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        r = regrade_one(request, query_int(query, 0), newest, reason, changes, err);
        if (r < 0)
            return r;
    }
    return r;
}
