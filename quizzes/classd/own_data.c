/* A learner's own data: all of it to take away, and all of it gone.
 *
 * Events are chained and never deleted, and attempts at exams are kept; but who a number is stands in the table of persons alone.
 * To erase is to delete what can be deleted and to cut that thread: what is left belongs to nobody.
 */
#include "quizzes/classd/own_data.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/browse.h"
#include "quizzes/classd/cards.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/review.h"

#include <errno.h>
#include <string.h>

enum { EVENTS_AT_ONCE = 400, EVENTS_BYTES = 128 << 10 };

static int add_steps(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT lab, step, done, solved, hints, started FROM lab_step NATURAL JOIN lab_go WHERE person = ? ORDER BY lab, step", "i",
        request->person);
    int r = query ? 0 : -err->code;
    json_t *list = json_array();
    json_object_set_new(reply, "lab_steps", list);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:b,s:b,s:I,s:o}", "lab", query_text(query, 0), "step", query_text(query, 1),
                                        "done", (int)query_int(query, 2), "solved", (int)query_int(query, 3), "hints",
                                        (json_int_t)query_int(query, 4), "started", json_time(query_int(query, 5))));
    return r;
}

static int add_person(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT uid, name FROM person WHERE id = ?", "i", request->person);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r == 1)
        json_object_set_new(reply, "person",
                            json_pack("{s:I,s:s}", "uid", (json_int_t)query_int(query, 0), "name", query_text(query, 1)));
    return r < 0 ? r : 0;
}

/* Marks are told when they are out, and not by their event. */
static bool may_be_told(struct store *store, sqlite3_stmt *event)
{
    const char *kind = query_text(event, 2);
    bool tells_marks = str_equal(kind, "exam.finish") || str_equal(kind, "exam.expire");
    return !tells_marks || review_points(store, query_int(event, 5));
}

static int add_events(const struct request *request, int64_t from, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err,
                    "SELECT id, at, kind, body, hash, attempt FROM event WHERE person = ? AND id >= ? ORDER BY id LIMIT 401", "ii",
                    request->person, from);
    int r = query ? 0 : -err->code;
    size_t bytes = 0;
    json_t *list = json_array();
    json_object_set_new(reply, "events", list);
    json_object_set_new(reply, "next", json_null());
    while (query && (r = query_next(request->store, query, err)) == 1) {
        if (json_array_size(list) == EVENTS_AT_ONCE || bytes > EVENTS_BYTES) {
            json_object_set_new(reply, "next", json_integer(query_int(query, 0)));
            return 0;
        }
        const char *body = query_text(query, 3);
        bytes += strlen(body) + 200;
        json_t *parsed = may_be_told(request->store, query) ? json_loads(body, 0, NULL) : NULL;
        json_array_append_new(list, json_pack("{s:I,s:o,s:s,s:o,s:s}", "id", (json_int_t)query_int(query, 0), "at",
                                              json_time(query_int(query, 1)), "kind", query_text(query, 2), "body",
                                              parsed ? parsed : json_null(), "hash", query_text(query, 4)));
    }
    return r;
}

int request_progress_export(const struct request *request, json_t *reply, struct error *err)
{
    int64_t from = json_num(request->body, "from", 0);
    int r = sits_no_exam(request, err); /* what was right in practice would tell what is right in the exam */
    if (r == 0)
        r = add_events(request, from, reply, err);
    if (r < 0 || from > 0)
        return r;
    r = add_person(request, reply, err);
    if (r == 0)
        r = add_steps(request, reply, err);
    if (r == 0)
        r = cards_export(request, reply, err);
    if (r == 0)
        r = request_exam_list(request, reply, err);
    return r < 0 ? r : request_progress_get(request, reply, err);
}

/* What can be deleted, and the thread from the number to a person. */
int own_erase(struct store *store, int64_t person, int64_t *rows, struct error *err)
{
    static const char *const deletes[] = {
        "DELETE FROM lab_step WHERE person = ?",  "DELETE FROM lab_go WHERE person = ?",
        "DELETE FROM progress WHERE person = ?",  "DELETE FROM card WHERE person = ?",
        "DELETE FROM card_wait WHERE person = ?", "DELETE FROM message_seen WHERE person = ?",
    };
    *rows = store_number(store, 0, "SELECT count(*) FROM progress WHERE person = ?", "i", person);
    int r = 0;
    for (size_t i = 0; i < ARRAY_LEN(deletes) && r == 0; i++)
        r = store_run(store, err, deletes[i], "i", person);
    return r < 0 ? r /* the number stays for the events; no user has a negative id */
                 : store_run(store, err, "UPDATE person SET uid = -1 - id, name = '', salt = randomblob(16) WHERE id = ?", "i",
                             person);
}

int request_progress_erase(const struct request *request, json_t *reply, struct error *err)
{
    int64_t rows;
    if (store_number(request->store, 0, "SELECT count(*) FROM attempt WHERE person = ? AND ended IS NULL", "i", request->person))
        return error_set(err, EBUSY, "an exam of yours is running; finish it first (slipway exam finish)");
    int r = own_erase(request->store, request->person, &rows, err);
    json_object_set_new(reply, "erased", json_integer(rows));
    return r < 0 ? r : progress_event(request, "erased", json_pack("{s:I}", "rows", (json_int_t)rows), err);
}
