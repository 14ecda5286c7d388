/* Results, the history of attempts, and the one that is open. */
#include "quizzes/classd/result.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <math.h>
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
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, q.topic FROM attempt_item i JOIN question q ON q.rev = i.rev AND q.position = i.position"
                    " WHERE i.attempt = ? ORDER BY q.topic, i.slot",
                    "i", attempt->id);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        struct drawn item;
        struct mark mark;
        cleanup_free char *answer = NULL;
        r = mark_slot(store, attempt->id, query_int(query, 0), &item, &answer, &mark, err);
        if (r < 0)
            return r;
        count_topic(topics, query_text(query, 1), mark.right);
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

static json_t *head_json(struct store *store, const struct attempt *attempt, const char *title, int64_t pass, struct error *err)
{
    int64_t percent = score_percent(attempt->points, attempt->max);
    return json_pack("{s:I,s:s,s:s,s:o,s:o,s:s,s:I,s:I,s:o,s:I,s:I,s:I,s:b,s:o}", "attempt", (json_int_t)attempt->id, "bank",
                     attempt->bank, "title", title, "started", json_time(attempt->started), "ended", json_time(attempt->ended),
                     "reason", attempt->expired ? "expired" : "finished", "seconds", (json_int_t)attempt->seconds, "used_seconds",
                     (json_int_t)(attempt->used / 1000), "score", score_json(attempt->points), "max", (json_int_t)attempt->max,
                     "percent", (json_int_t)percent, "pass", (json_int_t)pass, "passed", percent >= pass, "receipt",
                     receipt(store, attempt, err));
}

/* What it is worth now, and how many of its answers wait for a person. */
static int add_head(struct store *store, const struct attempt *attempt, json_t *reply, struct error *err)
{
    struct attempt now = *attempt;
    cleanup_free char *title = NULL;
    int64_t pass, pending;
    int r = attempt_title(store, attempt, &title, &pass, err);
    if (r == 0)
        r = mark_attempt(store, attempt->id, &now.points, &now.max, &pending, err);
    if (r < 0)
        return r;
    json_object_update_new(reply, head_json(store, &now, title, pass, err));
    json_object_set_new(reply, "pending", json_integer(pending));
    return 0;
}

static int result_open(struct store *store, const struct attempt *attempt, const struct review *review, int64_t from, json_t *reply,
                       struct error *err)
{
    int64_t next = 0;
    json_t *topics = json_array(), *items = json_array();
    int r = add_head(store, attempt, reply, err);
    json_object_set_new(reply, "topics", topics);
    json_object_set_new(reply, "items", items);
    if (review->running)
        json_object_set_new(reply, "held", json_string("answers are shown when the attempt that is running is finished"));
    if (!(review->open & REVIEW_POINTS))
        for (const char *const *name = (const char *const[]){"score", "percent", "passed", NULL}; *name; name++)
            json_object_del(reply, *name);
    else if (r == 0 && !review->running)
        r = add_topics(store, attempt, topics, err);
    if (r == 0)
        r = items_json(store, attempt, from, 0, review->running ? 0 : review->open, items, &next, err);
    json_object_set_new(reply, "next", next ? json_integer(next) : json_null());
    return r;
}

/* What is known before the results are out: that it was handed in, and when there is more. */
static int withheld_json(struct store *store, const struct attempt *attempt, int64_t from, json_t *reply, struct error *err)
{
    json_object_update_new(reply, json_pack("{s:I,s:s,s:o,s:o,s:s,s:I,s:o,s:o,s:[],s:[],s:n}", "attempt", (json_int_t)attempt->id,
                                            "bank", attempt->bank, "started", json_time(attempt->started), "ended",
                                            json_time(attempt->ended), "reason", attempt->expired ? "expired" : "finished",
                                            "used_seconds", (json_int_t)(attempt->used / 1000), "receipt",
                                            receipt(store, attempt, err), "withheld", json_time(from), "items", "topics", "next"));
    return 0;
}

int result_json(struct store *store, const struct attempt *attempt, int64_t from, json_t *reply, struct error *err)
{
    struct review review;
    if (!attempt->ended)
        return error_set(err, EBUSY, "attempt %lld is still running; its result is shown when it is finished",
                         (long long)attempt->id);
    int r = review_of(store, attempt->id, &review, err);
    if (r < 0)
        return r;
    return review.withheld ? withheld_json(store, attempt, review.withheld, reply, err)
                           : result_open(store, attempt, &review, from, reply, err);
}

int request_exam_result(const struct request *request, json_t *reply, struct error *err)
{
    struct attempt attempt;
    int r = attempt_read(request, json_num(request->body, "attempt", 0), &attempt, err);
    return r < 0 ? r : result_json(request->store, &attempt, json_num(request->body, "from", 1), reply, err);
}

#define HISTORY                                                                                                                    \
    "SELECT a.id, a.bank, ifnull(json_extract(a.settings, '$.title'), b.title), a.started, ifnull(a.ended, 0),"                    \
    " ifnull(json_extract(a.settings, '$.pass'), b.pass),"                                                                         \
    " ifnull(a.reason, 'running'), a.mode FROM attempt a JOIN bank b ON b.rev = a.rev WHERE a.person = ?"

static void add_mark(json_t *out, double points, int64_t max, int64_t pass)
{
    int64_t percent = score_percent(points, max);
    json_object_update_new(out, json_pack("{s:o,s:I,s:I,s:b}", "score", score_json(points), "max", (json_int_t)max, "percent",
                                          (json_int_t)percent, "passed", percent >= pass));
}

static int add_ended(const struct request *request, sqlite3_stmt *row, json_t *out, struct error *err)
{
    struct review review;
    int64_t id = query_int(row, 0), max, pending;
    double points;
    int r = review_of(request->store, id, &review, err);
    if (r == 0)
        r = mark_attempt(request->store, id, &points, &max, &pending, err);
    if (r < 0)
        return r;
    if (review.withheld)
        json_object_set_new(out, "withheld", json_time(review.withheld));
    else
        json_object_set_new(out, "ended", json_time(query_int(row, 4)));
    if (!(review.open & REVIEW_POINTS))
        return 0;
    add_mark(out, points, max, query_int(row, 5));
    if (pending)
        json_object_set_new(out, "pending", json_integer(pending));
    return 0;
}

static json_t *history_row(const struct request *request, sqlite3_stmt *row, struct error *err)
{
    int64_t id = query_int(row, 0);
    struct attempt attempt;
    json_t *out =
        json_pack("{s:I,s:s,s:s,s:o,s:s,s:s}", "attempt", (json_int_t)id, "bank", query_text(row, 1), "title", query_text(row, 2),
                  "started", json_time(query_int(row, 3)), "state", query_text(row, 6), "mode", query_text(row, 7));
    if (query_int(row, 4))
        add_ended(request, row, out, err);
    else if (attempt_read(request, id, &attempt, err) == 0 && attempt_clock(request->store, &attempt, err) == 0)
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
    if (!id || attempt_over(&attempt)) {
        json_object_set_new(reply, "attempt", json_null());
        return 0;
    }
    cleanup_free char *title = NULL;
    int64_t pass;
    r = attempt_title(store, &attempt, &title, &pass, err);
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
                                            title, "count", (json_int_t)count, "answered", (json_int_t)answered, "deadline_ms_left",
                                            (json_int_t)attempt_left_ms(&attempt)));
    return 0;
}

static json_t *last_attempt(const struct request *request, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, HISTORY " AND a.ended NOT NULL ORDER BY a.id DESC LIMIT 1", "i", request->person);
    return query && query_next(request->store, query, err) == 1 ? history_row(request, query, err) : json_null();
}

/* Of the last attempts those whose marks may be seen. */
static double best_percent(const struct request *request, struct error *err)
{
    double best = -1;
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT id FROM attempt WHERE person = ? AND max > 0 ORDER BY id DESC LIMIT ?", "ii",
                    request->person, (int64_t)HISTORY_MAX);
    while (query && query_next(request->store, query, err) == 1) {
        if (review_points(request->store, query_int(query, 0)))
            best = fmax(best, mark_percent(request->store, query_int(query, 0)));
    }
    return best;
}

json_t *exams_summary(const struct request *request, struct error *err)
{
    int64_t attempts =
        store_number(request->store, 0, "SELECT count(*) FROM attempt WHERE person = ? AND ended NOT NULL", "i", request->person);
    double best = best_percent(request, err);
    return json_pack("{s:I,s:o,s:o}", "attempts", (json_int_t)attempts, "best",
                     best < 0 ? json_null() : json_integer((json_int_t)(best + 1e-9)), "last", last_attempt(request, err));
}
