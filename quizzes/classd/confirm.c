/* What a student's own program reports of lessons and labs, and what a person says of it. Whoever is root in a lab's machine, or
 * writes a client by hand, reports what they like: so it is shown as reported, and counts when the assignment trusts it, or when
 * somebody who has seen the work confirms it. A confirmation is a new row and an event in the chain. */
#include "base/json.h"
#include "quizzes/classd/answers.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <string.h>

/* The share of its steps that the program of `person` says are done. */
static double reported_percent(struct store *store, int64_t assignment, int64_t person)
{
    struct error ignored = ERROR_INIT;
    cleanup_query sqlite3_stmt *query =
        store_query(store, &ignored,
                    "SELECT iif(g.done, 100.0, min(100, 100.0 * g.step / max(g.steps, 1))) FROM progress g JOIN assignment s ON"
                    " s.kind = g.kind AND s.ref = g.id WHERE s.id = ? AND g.person = ?",
                    "ii", assignment, person);
    return query && query_next(store, query, &ignored) == 1 ? query_real(query, 0) : -1;
}

static int store_confirmation(const struct request *request, int64_t assignment, int64_t person, double percent,
                              const char *comment, struct error *err)
{
    int r = store_run(request->store, err,
                      "INSERT INTO confirmation (at, assignment, person, grader, percent, comment) VALUES (?, ?, ?, ?, ?, ?)",
                      "iiiidt", store_now_ms(request->store), assignment, person, request->person, percent, comment);
    return r < 0 ? r
                 : progress_event(request, "class.confirm",
                                  json_pack("{s:I,s:I,s:I,s:f,s:s}", "confirmation", (json_int_t)store_last_id(request->store),
                                            "assignment", (json_int_t)assignment, "person", (json_int_t)person, "percent", percent,
                                            "comment", comment),
                                  err);
}

int request_class_confirm(const struct request *request, json_t *reply, struct error *err)
{
    const json_t *body = request->body, *given = json_object_get(body, "percent");
    int64_t assignment = json_num(body, "assignment", 0);
    const char *comment = json_str(body, "comment", "");
    int64_t person = member_of(request);
    if (!person ||
        !store_number(request->store, 0, "SELECT 1 FROM assignment WHERE id = ? AND kind IN ('lesson', 'lab')", "i", assignment))
        return error_set(err, ENOENT, "no such member, or no assignment of a lesson or lab");
    if (person == request->person)
        return error_set(err, EACCES, "your own work is confirmed by somebody else");
    double percent = json_is_number(given) ? json_number_value(given) : reported_percent(request->store, assignment, person);
    if (!given && percent < 0)
        return error_set(err, ENOENT, "nothing was reported of it; say how much is done, 0 to 100 percent");
    if (!(percent >= 0 && percent <= 100))
        return error_set(err, EINVAL, "\"percent\" is 0 to 100");
    int r = text_check("the comment", comment, COMMENT_MOST, err);
    if (r < 0)
        return r;
    json_object_set_new(reply, "percent", json_real(percent));
    return store_confirmation(request, assignment, person, percent, comment, err);
}
