/* How far a learner is in each lesson and lab, and how long it took. */
#include "quizzes/classd/progress.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank_source.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/result.h"

#include <errno.h>

enum { STEPS_MAX = 10000, GAP_MOST_MS = 10 * 60 * 1000 };

int progress_event(const struct request *request, const char *kind, json_t *body, struct error *err)
{
    struct event event = {
        .person = request->person, .attempt = EVENT_NONE, .slot = EVENT_NONE, .seq = EVENT_NONE, .kind = kind, .body = body};
    return event_append(request->store, &event, err);
}

int progress_mark(const struct request *request, const struct progress_mark *mark, struct error *err)
{
    return store_run(
        request->store, err,
        "INSERT INTO progress (person, kind, id, step, steps, done, at, first, finished, stepped)"
        " VALUES (?1, ?2, ?3, max(?4, 0), max(?5, 0), ?6, ?7, ?7, CASE WHEN ?6 THEN ?7 END, ?7)"
        " ON CONFLICT DO UPDATE SET stepped = iif(?4 > step, ?7, stepped), step = iif(?4 < 0, step, ?4), steps = iif(?5 < 0, "
        "steps, ?5), done = max(done, ?6),"
        " spent = spent + iif(?8, 0, min(max(?7 - at, 0), ?9)), at = ?7, finished = coalesce(finished, excluded.finished)",
        "ittiiiiii", request->person, mark->kind, mark->id, mark->step, mark->steps, (int64_t)mark->done,
        store_now_ms(request->store), (int64_t)mark->begin, (int64_t)GAP_MOST_MS);
}

static int check_name(const char *kind, const char *id, struct error *err)
{
    if (!str_equal(kind, "lesson") && !str_equal(kind, "lab"))
        return error_set(err, EINVAL, "progress is kept for a \"lesson\" or a \"lab\", not \"%.40s\"", kind);
    if (!bank_name_valid(id))
        return error_set(err, EINVAL, "progress needs the %s's \"id\" (a-z, 0-9 and dashes)", kind);
    return 0;
}

int request_progress_set(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    const char *kind = json_str(request->body, "kind", ""), *id = json_str(request->body, "id", "");
    long long step = json_num(request->body, "step", 0), steps = json_num(request->body, "steps", 0);
    bool done = json_flag(request->body, "done", false);
    int r = check_name(kind, id, err);
    if (r == 0 && (step < 0 || steps < 0 || step > STEPS_MAX || steps > STEPS_MAX))
        r = error_set(err, EINVAL, "\"step\" and \"steps\" are numbers from 0 to %d", STEPS_MAX);
    if (r == 0)
        r = progress_mark(request, &(struct progress_mark){kind, id, step, steps, done, json_flag(request->body, "begin", false)},
                          err);
    if (r < 0)
        return r;
    return progress_event(request, "progress",
                          json_pack("{s:s,s:s,s:I,s:I,s:b}", "kind", kind, "id", id, "step", (json_int_t)step, "steps",
                                    (json_int_t)steps, "done", done),
                          err);
}

/* A sign of life alone; nothing of it goes into the log of events. */
int request_progress_touch(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    const char *kind = json_str(request->body, "kind", ""), *id = json_str(request->body, "id", "");
    int r = check_name(kind, id, err);
    return r < 0 ? r
                 : progress_mark(request,
                                 &(struct progress_mark){kind, id, -1, -1, false, json_flag(request->body, "begin", false)}, err);
}

static json_t *time_or_null(sqlite3_stmt *query, int column)
{
    return query_null(query, column) ? json_null() : json_time(query_int(query, column));
}

static json_t *progress_row(sqlite3_stmt *query)
{
    return json_pack("{s:s,s:s,s:I,s:I,s:b,s:o,s:I,s:I,s:I,s:o,s:o}", "kind", query_text(query, 0), "id", query_text(query, 1),
                     "step", (json_int_t)query_int(query, 2), "steps", (json_int_t)query_int(query, 3), "done",
                     (int)query_int(query, 4), "at", json_time(query_int(query, 5)), "seconds",
                     (json_int_t)query_int(query, 6) / 1000, "hints", (json_int_t)query_int(query, 7), "solved",
                     (json_int_t)query_int(query, 8), "first", time_or_null(query, 9), "finished", time_or_null(query, 10));
}

int request_progress_get(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err,
                    "SELECT kind, id, step, steps, done, at, spent, hints, solved, first, finished FROM progress WHERE person = ?"
                    " ORDER BY at DESC",
                    "i", request->person);
    int r = query ? 0 : -err->code;
    json_t *progress = json_array();
    json_object_set_new(reply, "progress", progress);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(progress, progress_row(query));
    if (r < 0)
        return r;
    json_object_set_new(reply, "exams", exams_summary(request, err));
    return -err->code;
}
