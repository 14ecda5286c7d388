/* How far a learner is in each lesson and lab. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank_source.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/result.h"

#include <errno.h>

enum { STEPS_MAX = 10000 };

static int store_progress(const struct request *request, const char *kind, const char *id, int64_t step, int64_t steps, bool done,
                          struct error *err)
{
    struct time_now now;
    request->store->time(&now);
    int r =
        store_run(request->store, err,
                  "INSERT INTO progress (person, kind, id, step, steps, done, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT DO UPDATE SET step = excluded.step, steps = excluded.steps, done = excluded.done, at = excluded.at",
                  "ittiiii", request->person, kind, id, step, steps, (int64_t)done, now.real_ms);
    struct event event = {.person = request->person,
                          .attempt = EVENT_NONE,
                          .slot = EVENT_NONE,
                          .seq = EVENT_NONE,
                          .kind = "progress",
                          .body = json_pack("{s:s,s:s,s:I,s:I,s:b}", "kind", kind, "id", id, "step", (json_int_t)step, "steps",
                                            (json_int_t)steps, "done", done)};
    return r < 0 ? (json_decref(event.body), r) : event_append(request->store, &event, err);
}

int request_progress_set(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    const char *kind = json_str(request->body, "kind", ""), *id = json_str(request->body, "id", "");
    long long step = json_num(request->body, "step", 0), steps = json_num(request->body, "steps", 0);
    if (!str_equal(kind, "lesson") && !str_equal(kind, "lab"))
        return error_set(err, EINVAL, "progress is kept for a \"lesson\" or a \"lab\", not \"%.40s\"", kind);
    if (!bank_name_valid(id))
        return error_set(err, EINVAL, "progress needs the %s's \"id\" (a-z, 0-9 and dashes)", kind);
    if (step < 0 || steps < 0 || step > STEPS_MAX || steps > STEPS_MAX)
        return error_set(err, EINVAL, "\"step\" and \"steps\" are numbers from 0 to %d", STEPS_MAX);
    return store_progress(request, kind, id, step, steps, json_flag(request->body, "done", false), err);
}

int request_progress_get(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT kind, id, step, steps, done, at FROM progress WHERE person = ? ORDER BY at DESC",
                    "i", request->person);
    int r = query ? 0 : -err->code;
    json_t *progress = json_array();
    json_object_set_new(reply, "progress", progress);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(progress,
                              json_pack("{s:s,s:s,s:I,s:I,s:b,s:o}", "kind", query_text(query, 0), "id", query_text(query, 1),
                                        "step", (json_int_t)query_int(query, 2), "steps", (json_int_t)query_int(query, 3), "done",
                                        (int)query_int(query, 4), "at", json_time(query_int(query, 5))));
    if (r < 0)
        return r;
    json_object_set_new(reply, "exams", exams_summary(request, err));
    return -err->code;
}
