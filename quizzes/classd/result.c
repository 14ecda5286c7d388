/* Results, the history of attempts, and the one that is open. */
#include "quizzes/classd/result.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>

enum { HISTORY_MAX = 400, REVIEW_AT_ONCE_MS = 2 * 60 * 1000 };

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
        int64_t seq;
        cleanup_free char *answer = NULL;
        r = item_find(store, attempt->id, query_int(query, 0), &item, err);
        if (r == 0)
            r = attempt_answer(store, attempt->id, item.slot, &answer, &seq, err);
        if (r == 0)
            r = score_answer(store, &item, answer, &mark, NULL, err);
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

/* What the settings of a quiz open for review: at once (the two minutes after the end), later, and after it has closed. */
static unsigned review_of(struct store *store, const struct attempt *attempt, struct error *err)
{
    static const char *const words[] = {"right", "points", "key", "explanations"};
    struct time_now now;
    store->time(&now);
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT json_extract(settings, '$.review'), json_extract(settings, '$.closes') FROM attempt"
                    " WHERE id = ?",
                    "i", attempt->id);
    if (!query || query_next(store, query, err) != 1 || query_null(query, 0))
        return REVIEW_ALL;
    const char *phase = !query_null(query, 1) && now.real_ms >= query_int(query, 1) ? "closed"
                        : now.real_ms - attempt->ended < REVIEW_AT_ONCE_MS          ? "after"
                                                                                    : "later";
    cleanup_json json_t *review = json_loads(query_text(query, 0), 0, NULL);
    const json_t *open = json_object_get(review, phase), *word;
    unsigned bits = open ? 0 : REVIEW_ALL;
    size_t index;
    json_array_foreach(open, index, word)
    {
        for (unsigned i = 0; i < ARRAY_LEN(words); i++)
            bits |= str_equal(json_string_value(word), words[i]) ? 1u << i : 0;
    }
    return bits;
}

/* Keys of an attempt that is over are keys of the one that runs: banks share questions, and a bank is taken again. */
static int64_t other_running(struct store *store, const struct attempt *attempt)
{
    return store_number(store, 0, "SELECT id FROM attempt WHERE person = ? AND ended IS NULL AND id <> ? LIMIT 1", "ii",
                        attempt->person, attempt->id);
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

int result_json(struct store *store, const struct attempt *attempt, int64_t from, json_t *reply, struct error *err)
{
    if (!attempt->ended)
        return error_set(err, EBUSY, "attempt %lld is still running; its result is shown when it is finished",
                         (long long)attempt->id);
    cleanup_free char *title = NULL;
    int64_t pass, next = 0, running = other_running(store, attempt);
    int r = attempt_title(store, attempt, &title, &pass, err);
    if (r < 0)
        return r;
    unsigned review = running ? 0 : review_of(store, attempt, err);
    json_t *topics = json_array(), *items = json_array();
    json_object_update_new(reply, head_json(store, attempt, title, pass, err));
    json_object_set_new(reply, "topics", topics);
    json_object_set_new(reply, "items", items);
    if (running)
        json_object_set_new(reply, "held", json_string("answers are shown when the attempt that is running is finished"));
    if (running || !(review & REVIEW_POINTS)) { /* one attempt with one answer would tell whether it is right */
        for (const char *const *name = (const char *const[]){"score", "percent", "passed", NULL}; *name && !running; name++)
            json_object_del(reply, *name);
    } else {
        r = add_topics(store, attempt, topics, err);
    }
    if (r == 0)
        r = items_json(store, attempt, from, 0, review, items, &next, err);
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

int result_shown(const struct request *request, const struct attempt *attempt, json_t *reply, struct error *err)
{
    int64_t from;
    if (attempt->ended && !assign_reviewed(request, attempt->id, &from))
        return withheld_json(request->store, attempt, from, reply, err);
    return result_json(request->store, attempt, json_num(request->body, "from", 1), reply, err);
}

int request_exam_result(const struct request *request, json_t *reply, struct error *err)
{
    struct attempt attempt;
    int r = attempt_read(request, json_num(request->body, "attempt", 0), &attempt, err);
    return r < 0 ? r : result_shown(request, &attempt, reply, err);
}

#define HISTORY                                                                                                                    \
    "SELECT a.id, a.bank, ifnull(json_extract(a.settings, '$.title'), b.title), a.started, ifnull(a.ended, 0),"                    \
    " ifnull(a.points, ifnull(a.score, 0)), ifnull(a.max, 0), ifnull(json_extract(a.settings, '$.pass'), b.pass),"                 \
    " ifnull(a.reason, 'running'), a.mode FROM attempt a JOIN bank b ON b.rev = a.rev WHERE a.person = ?"

/* A quiz may keep its marks back for a while. */
static bool points_shown(const struct request *request, int64_t id, const char *mode, struct error *err)
{
    struct attempt attempt;
    return !str_equal(mode, "quiz") ||
           (attempt_read(request, id, &attempt, err) == 0 && review_of(request->store, &attempt, err) & REVIEW_POINTS);
}

static json_t *history_row(const struct request *request, sqlite3_stmt *row, struct error *err)
{
    int64_t id = query_int(row, 0), ended = query_int(row, 4), percent = score_percent(query_real(row, 5), query_int(row, 6));
    json_t *out =
        json_pack("{s:I,s:s,s:s,s:o,s:s,s:s}", "attempt", (json_int_t)id, "bank", query_text(row, 1), "title", query_text(row, 2),
                  "started", json_time(query_int(row, 3)), "state", query_text(row, 8), "mode", query_text(row, 9));
    int64_t from;
    if (ended && !assign_reviewed(request, id, &from)) {
        json_object_set_new(out, "withheld", json_time(from));
        return out;
    }
    if (ended && !points_shown(request, id, query_text(row, 9), err)) {
        json_object_set_new(out, "ended", json_time(ended));
        return out;
    }
    if (ended) {
        json_object_update_new(out, json_pack("{s:o,s:o,s:I,s:I,s:b}", "ended", json_time(ended), "score",
                                              score_json(query_real(row, 5)), "max", (json_int_t)query_int(row, 6), "percent",
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

json_t *exams_summary(const struct request *request, struct error *err)
{
    struct time_now now;
    request->store->time(&now);
    int64_t attempts =
        store_number(request->store, 0, "SELECT count(*) FROM attempt WHERE person = ? AND ended NOT NULL", "i", request->person);
    int64_t best = store_number(
        request->store, -1,
        "SELECT max(CAST(ifnull(points, score) * 100 / max + 1e-9 AS INTEGER)) FROM attempt WHERE person = ? AND max > 0"
        " AND id NOT IN (SELECT x.attempt FROM assignment_attempt x JOIN assignment s ON s.id = x.assignment WHERE"
        " ifnull(s.review, s.closes) > ?)",
        "ii", request->person, now.real_ms);
    return json_pack("{s:I,s:o,s:o}", "attempts", (json_int_t)attempts, "best", best < 0 ? json_null() : json_integer(best), "last",
                     last_attempt(request, err));
}
