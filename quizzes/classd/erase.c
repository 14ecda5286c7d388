/* An instructor takes out all that is kept of a student, and erases the student: who the number was is gone, what the number did
 * stays, so that the log holds and the class's figures do. What others wrote about a student, a grader's comment or why they had
 * more time, stands in the log for good. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/gradebook.h"
#include "quizzes/classd/own_data.h"
#include "quizzes/classd/progress.h"

#include <errno.h>

/* A student, on the roster or taken off it. */
static int student_of(const struct request *request, int64_t *person, struct error *err)
{
    long long uid = json_num(request->body, "uid", -1);
    *person = store_number(request->store, 0, "SELECT id FROM person JOIN member ON person = id WHERE uid = ? AND role = 'student'",
                           "i", (int64_t)uid);
    return *person ? 0 : error_set(err, ENOENT, "user %lld is no student of this class", uid);
}

static int add_graded(struct store *store, int64_t person, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT g.attempt, slot, g.points, most, comment, criteria, at FROM grading g JOIN attempt a ON a.id = g.attempt"
        " WHERE a.person = ? ORDER BY g.id",
        "i", person);
    json_t *list = json_array();
    json_object_set_new(reply, "graded", list);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1)
        json_array_append_new(list, json_pack("{s:I,s:I,s:f,s:f,s:s,s:s,s:o}", "attempt", (json_int_t)query_int(query, 0), "slot",
                                              (json_int_t)query_int(query, 1), "points", query_real(query, 2), "most",
                                              query_real(query, 3), "comment", query_text(query, 4), "criteria",
                                              query_text(query, 5), "at", json_time(query_int(query, 6))));
    return r;
}

int request_class_export(const struct request *request, json_t *reply, struct error *err)
{
    struct request theirs = *request;
    int r = student_of(request, &theirs.person, err);
    if (r == 0)
        r = request_progress_export(&theirs, reply, err);
    if (r < 0 || json_num(request->body, "from", 0) > 0)
        return r;
    r = add_graded(request->store, theirs.person, reply, err);
    if (r == 0)
        r = gradebook_rows(&theirs, theirs.person, false, reply, err);
    return r < 0 ? r : progress_event(request, "class.export", json_pack("{s:I}", "person", (json_int_t)theirs.person), err);
}

/* A quiz's settings for one login name it. */
static int forget_overrides(const struct request *request, int64_t person, struct error *err)
{
    return store_run(request->store, err,
                     "UPDATE quiz SET settings = json_remove(settings, '$.overrides.' || json_quote(p.name)) FROM person p WHERE"
                     " p.id = ?1 AND json_extract(settings, '$.overrides.' || json_quote(p.name)) IS NOT NULL",
                     "i", person);
}

int request_class_erase(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *reason = json_str(request->body, "reason", "");
    int64_t person, rows;
    int r = student_of(request, &person, err);
    if (r == 0 && !*reason)
        r = error_set(err, EINVAL, "to erase a student needs a \"reason\"");
    if (r == 0 && store_number(store, 0, "SELECT count(*) FROM attempt WHERE person = ? AND ended IS NULL", "i", person))
        r = error_set(err, EBUSY, "an exam of theirs is running; wait until it has ended");
    if (r == 0)
        r = forget_overrides(request, person, err);
    if (r == 0)
        r = store_run(store, err, "UPDATE extension SET reason = '' WHERE person = ?", "i", person);
    if (r == 0)
        r = store_run(store, err, "UPDATE member SET name = '', removed = ?, salt = randomblob(16) WHERE person = ?", "ii",
                      store_now_ms(store), person);
    if (r == 0)
        r = own_erase(store, person, &rows, err);
    json_object_set_new(reply, "person", json_integer(person));
    return r < 0 ? r
                 : progress_event(request, "class.erase", json_pack("{s:I,s:s}", "person", (json_int_t)person, "reason", reason),
                                  err);
}
