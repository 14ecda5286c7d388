/* Results, the history of attempts, and the one that is open. */
#include "quizzes/classd/result.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>

enum { HISTORY_MAX = 400 };

static void count_topic(json_t *topics, const char *topic, bool right)
{
    size_t i;
    json_t *entry, *found = NULL;
    json_array_foreach(topics, i, entry)
    {
        if (str_equal(json_str(entry, "topic", ""), topic))
            found = entry;
    }
    if (!found) {
        found = json_pack("{s:s,s:i,s:i}", "topic", topic, "right", 0, "total", 0);
        json_array_append_new(topics, found);
    }
    json_object_set_new(found, "right", json_integer(json_num(found, "right", 0) + right));
    json_object_set_new(found, "total", json_integer(json_num(found, "total", 0) + 1));
}

static int add_topics(struct store *store, const struct attempt *attempt, json_t *topics, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT i.slot, i.position, q.topic FROM attempt_item i JOIN question q ON q.rev = ? AND q.position = i.position"
        " WHERE i.attempt = ? ORDER BY q.topic, i.slot",
        "ii", attempt->rev, attempt->id);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        char keys[16], chosen[16];
        int64_t seq;
        r = score_keys(store, attempt->rev, query_int(query, 1), keys, err);
        if (r == 0)
            r = attempt_answer(store, attempt->id, query_int(query, 0), chosen, &seq, err);
        if (r < 0)
            return r;
        count_topic(topics, query_text(query, 2), score_item(keys, chosen));
    }
    return r;
}

/* The chain's head right after this attempt ended: what stands on the receipt. */
static json_t *receipt(struct store *store, const struct attempt *attempt, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT hash FROM event WHERE attempt = ? AND kind IN ('exam.finish', 'exam.expire')", "i", attempt->id);
    return query && query_next(store, query, err) == 1 ? json_string(query_text(query, 0)) : json_null();
}

int result_json(struct store *store, const struct attempt *attempt, int64_t from, json_t *reply, struct error *err)
{
    if (!attempt->ended)
        return error_set(err, EBUSY, "attempt %lld is still running; its result is shown when it is finished",
                         (long long)attempt->id);
    cleanup_query sqlite3_stmt *query = store_query(store, err, "SELECT title, pass FROM bank WHERE rev = ?", "i", attempt->rev);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r < 0)
        return r;
    int64_t percent = score_percent(attempt->score, attempt->max), pass = query_int(query, 1), next = 0;
    json_t *topics = json_array(), *items = json_array();
    json_object_update_new(reply,
                           json_pack("{s:I,s:s,s:s,s:o,s:o,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:o,s:o,s:o}", "attempt",
                                     (json_int_t)attempt->id, "bank", attempt->bank, "title", query_text(query, 0), "started",
                                     json_time(attempt->started), "ended", json_time(attempt->ended), "reason",
                                     attempt->expired ? "expired" : "finished", "seconds", (json_int_t)attempt->seconds,
                                     "used_seconds", (json_int_t)(attempt->used / 1000), "score", (json_int_t)attempt->score, "max",
                                     (json_int_t)attempt->max, "percent", (json_int_t)percent, "pass", (json_int_t)pass, "passed",
                                     percent >= pass, "receipt", receipt(store, attempt, err), "topics", topics, "items", items));
    r = add_topics(store, attempt, topics, err);
    if (r == 0)
        r = items_json(store, attempt, from, true, items, &next, err);
    json_object_set_new(reply, "next", next ? json_integer(next) : json_null());
    return r;
}

int request_exam_result(const struct request *request, json_t *reply, struct error *err)
{
    struct attempt attempt;
    int r = attempt_read(request, json_num(request->body, "attempt", 0), &attempt, err);
    return r < 0 ? r : result_json(request->store, &attempt, json_num(request->body, "from", 1), reply, err);
}

#define HISTORY                                                                                                                    \
    "SELECT a.id, a.bank, b.title, a.started, ifnull(a.ended, 0), ifnull(a.score, 0), ifnull(a.max, 0), b.pass,"                   \
    " ifnull(a.reason, 'running') FROM attempt a JOIN bank b ON b.rev = a.rev WHERE a.person = ?"

static json_t *history_row(const struct request *request, sqlite3_stmt *row, struct error *err)
{
    int64_t id = query_int(row, 0), ended = query_int(row, 4), percent = score_percent(query_int(row, 5), query_int(row, 6));
    json_t *out = json_pack("{s:I,s:s,s:s,s:o,s:s}", "attempt", (json_int_t)id, "bank", query_text(row, 1), "title",
                            query_text(row, 2), "started", json_time(query_int(row, 3)), "state", query_text(row, 8));
    if (ended) {
        json_object_update_new(out, json_pack("{s:o,s:I,s:I,s:I,s:b}", "ended", json_time(ended), "score",
                                              (json_int_t)query_int(row, 5), "max", (json_int_t)query_int(row, 6), "percent",
                                              (json_int_t)percent, "passed", percent >= query_int(row, 7)));
        return out;
    }
    struct attempt attempt;
    if (attempt_read(request, id, &attempt, err) == 0 && attempt_clock(request->store, &attempt, err) == 0)
        json_object_set_new(out, "deadline_ms_left", json_integer(attempt_left_ms(&attempt)));
    return out;
}

int request_exam_list(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, HISTORY " ORDER BY a.id DESC LIMIT ?", "ii", request->person, (int64_t)HISTORY_MAX);
    int r = query ? 0 : -err->code;
    json_t *attempts = json_array();
    json_object_set_new(reply, "attempts", attempts);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(attempts, history_row(request, query, err));
    return r < 0 ? r : -err->code;
}

int request_exam_open(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    int64_t id = store_number(store, 0, "SELECT id FROM attempt WHERE person = ? AND ended IS NULL ORDER BY id DESC LIMIT 1", "i",
                              request->person);
    struct attempt attempt = {0};
    int r = id ? attempt_read(request, id, &attempt, err) : 0;
    if (r == 0 && id)
        r = attempt_clock(store, &attempt, err);
    if (r < 0)
        return r;
    if (!id || attempt_left_ms(&attempt) == 0) {
        json_object_set_new(reply, "attempt", json_null());
        return 0;
    }
    cleanup_query sqlite3_stmt *title = store_query(store, err, "SELECT title FROM bank WHERE rev = ?", "i", attempt.rev);
    r = title ? query_next(store, title, err) : -err->code;
    if (r < 0)
        return r;
    int64_t count = store_number(store, 0, "SELECT count(*) FROM attempt_item WHERE attempt = ?", "i", id);
    int64_t answered =
        store_number(store, 0,
                     "SELECT count(*) FROM attempt_item i WHERE i.attempt = ? AND"
                     " (SELECT body <> '{\"answer\":\"\"}' FROM event e WHERE e.attempt = i.attempt AND e.slot = i.slot"
                     " AND e.seq NOT NULL ORDER BY e.seq DESC LIMIT 1)",
                     "i", id);
    json_object_update_new(reply, json_pack("{s:I,s:s,s:s,s:I,s:I,s:I}", "attempt", (json_int_t)id, "bank", attempt.bank, "title",
                                            query_text(title, 0), "count", (json_int_t)count, "answered", (json_int_t)answered,
                                            "deadline_ms_left", (json_int_t)attempt_left_ms(&attempt)));
    return 0;
}

static json_t *last_attempt(const struct request *request, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, HISTORY " AND a.ended NOT NULL ORDER BY a.id DESC LIMIT 1", "i", request->person);
    return query && query_next(request->store, query, err) == 1 ? history_row(request, query, err) : json_null();
}

json_t *exams_summary(const struct request *request, struct error *err)
{
    int64_t attempts =
        store_number(request->store, 0, "SELECT count(*) FROM attempt WHERE person = ? AND ended NOT NULL", "i", request->person);
    int64_t best = store_number(request->store, -1, "SELECT max(score * 100 / max) FROM attempt WHERE person = ? AND max > 0", "i",
                                request->person);
    return json_pack("{s:I,s:o,s:o}", "attempts", (json_int_t)attempts, "best", best < 0 ? json_null() : json_integer(best), "last",
                     last_attempt(request, err));
}
