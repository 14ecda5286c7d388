/* Assignments as an instructor sets them: lessons, labs and quizzes with their dates, and extensions for one student. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank_source.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/quiz.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <string.h>

struct setting {
    const char *name;
    long long least, most, otherwise;
};

static int read_number(const json_t *body, const struct setting *setting, int64_t *out, struct error *err)
{
    const json_t *given = json_object_get(body, setting->name);
    long long value = json_is_boolean(given) ? json_is_true(given) : json_num(body, setting->name, setting->otherwise);
    *out = value;
    if (value < setting->least || value > setting->most)
        return error_set(err, EINVAL, "\"%s\" is a number from %lld to %lld", setting->name, setting->least, setting->most);
    return 0;
}

/* A quiz of that name is meant before a bank of that name. */
static int check_work(const struct request *request, const char *kind, const char *ref, bool *quiz, struct error *err)
{
    *quiz = false;
    if (!str_equal(kind, "lesson") && !str_equal(kind, "lab") && !str_equal(kind, "quiz"))
        return error_set(err, EINVAL, "an assignment is a lesson, a lab or a quiz, not \"%.40s\"", kind);
    if (!bank_name_valid(ref))
        return error_set(err, EINVAL, "an assignment needs \"ref\", the name of the %s", kind);
    if (!str_equal(kind, "quiz"))
        return 0;
    *quiz = store_number(request->store, 0, "SELECT 1 FROM quiz WHERE id = ?", "t", ref);
    if (!*quiz && !store_number(request->store, 0, "SELECT 1 FROM bank WHERE id = ? LIMIT 1", "t", ref))
        return error_set(err, ENOENT, "no such quiz or question bank: %s; `slipway quiz list` and `slipway exam list` name them",
                         ref);
    return 0;
}

/* An assignment in the making. Numbers in the order of `numbers`. */
struct work {
    const char *kind, *ref, *grading;
    bool quiz;
    int64_t opens, due, closes, review;
    double weight, late, tolerance;
    int64_t numbers[6];
    json_t *defaults; /* the quiz's own settings */
};

enum { COUNT, SECONDS, ATTEMPTS, GRADERS, BLIND, TRUST };
static const struct setting numbers[] = {{"count", 1, 200, 10}, {"seconds", 5, 86400, 900}, {"attempts", 1, 1000, 1},
                                         {"graders", 0, 2, 1},  {"blind", 0, 1, 0},         {"trust", 0, 1, 0}};

static void work_clear(struct work *work) { json_decref(work->defaults); }

static int check_dates(const struct work *work, struct error *err)
{
    if (!work->due)
        return error_set(err, EINVAL, "an assignment needs a time when it is due (--due TIME)");
    if (work->due <= work->opens || work->closes < work->due || work->review < 0)
        return error_set(err, EINVAL, "an assignment opens before it is due, and closes when it is due or later");
    return 0;
}

static int check_marks(const struct work *work, struct error *err)
{
    static const char *const methods[] = {"highest", "average", "first", "last"};
    bool known = false;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        known = known || str_equal(methods[i], work->grading);
    if (!known)
        return error_set(err, EINVAL, "\"grading\" is highest, average, first or last, not \"%.40s\"", work->grading);
    if (!(work->weight >= 0 && work->weight <= 1000 && work->late >= 0 && work->late <= 100))
        return error_set(err, EINVAL, "\"weight\" is 0 to 1000, \"late\" 0 to 100 percent a day");
    if (!(work->tolerance >= 0 && work->tolerance <= 100))
        return error_set(err, EINVAL, "\"tolerance\" is 0 to 100 percent between two graders");
    return 0;
}

/* What the request leaves open is as the quiz has it: from then on the assignment says how it is sat in the class. */
static int read_work(const struct request *request, const json_t *body, struct work *work, struct error *err)
{
    work->kind = json_str(body, "kind", "");
    work->ref = json_str(body, "ref", "");
    int r = check_work(request, work->kind, work->ref, &work->quiz, err);
    if (r < 0)
        return r;
    work->defaults = work->quiz ? quiz_read(request, work->ref, NULL) : json_object();
    const json_t *quiz = work->defaults;
    for (size_t i = 0; i < ARRAY_LEN(numbers) && r == 0; i++) {
        struct setting setting = numbers[i];
        setting.otherwise = json_num(quiz, setting.name, setting.otherwise);
        if (i == ATTEMPTS && setting.otherwise == 0) /* as many as one likes */
            setting.otherwise = setting.most;
        r = read_number(body, &setting, &work->numbers[i], err);
    }
    work->opens = json_num(body, "opens", json_num(quiz, "opens", store_now_ms(request->store)));
    work->due = json_num(body, "due", json_num(quiz, "closes", 0));
    work->closes = json_num(body, "closes", work->due);
    work->review = json_num(body, "review", work->closes);
    work->grading = json_str(body, "grading", json_str(quiz, "grading", "highest"));
    work->weight = json_double(body, "weight", 1);
    work->late = json_double(body, "late", 0);
    work->tolerance = json_double(body, "tolerance", 10);
    if (r == 0)
        r = check_dates(work, err);
    return r < 0 ? r : check_marks(work, err);
}

/* A new one, or with *id the terms of one that is there. */
static int store_work(const struct request *request, const json_t *body, const struct work *work, int64_t *id, struct error *err)
{
    const char *title = str_or(json_str(body, "title", ""), json_str(work->defaults, "title", work->ref));
    int r = store_run(request->store, err,
                      *id ? "UPDATE assignment SET (kind, ref, title, opens, due, closes, weight, category, late, count, seconds,"
                            " attempts, best, graders, blind, review, source, grading, tolerance, trust)"
                            " = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?"
                          : "INSERT INTO assignment (kind, ref, title, opens, due, closes, weight, category, late, count, seconds,"
                            " attempts, best, graders, blind, review, source, grading, tolerance, trust, id)"
                            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))",
                      "tttiiidtdiiiiiiittdii", work->kind, work->ref, title, work->opens, work->due, work->closes, work->weight,
                      str_or(json_str(body, "category", ""), work->kind), work->late, work->numbers[COUNT], work->numbers[SECONDS],
                      work->numbers[ATTEMPTS], (int64_t)str_equal(work->grading, "highest"), work->numbers[GRADERS],
                      work->numbers[BLIND], work->review, work->quiz ? "quiz" : "bank", work->grading, work->tolerance,
                      work->numbers[TRUST], *id);
    *id = *id ? *id : store_last_id(request->store);
    return r;
}

static int set_work(const struct request *request, const json_t *body, int64_t id, json_t *reply, struct error *err)
{
    struct work work __attribute__((cleanup(work_clear))) = {0};
    const char *kind = id ? "class.reassign" : "class.assign";
    int r = read_work(request, body, &work, err);
    if (r == 0)
        r = store_work(request, body, &work, &id, err);
    json_object_set_new(reply, "assignment", json_integer(id));
    return r < 0 ? r
                 : progress_event(request, kind,
                                  json_pack("{s:I,s:O}", "assignment", (json_int_t)id, "request", (json_t *)request->body), err);
}

int request_class_assign(const struct request *request, json_t *reply, struct error *err)
{
    return set_work(request, request->body, 0, reply, err);
}

/* Points of attempts that have ended were added up with it. */
static int check_trust(const struct request *request, int64_t id, bool now, struct error *err)
{
    const json_t *wanted = json_object_get(request->body, "trust");
    bool begun = store_number(request->store, 0, "SELECT count(*) FROM assignment_attempt WHERE assignment = ?", "i", id) > 0;
    if (!wanted || !begun || (json_is_true(wanted) || json_integer_value(wanted)) == now)
        return 0;
    return error_set(err, EBUSY, "assignment %lld was begun already: whether it trusts what is reported stays as it is",
                     (long long)id);
}

/* What is not said stays as it is. It is of the same lesson, lab or quiz: attempts at another would be of nothing. A time that was
 * another's when it was set follows that. */
int request_class_reassign(const struct request *request, json_t *reply, struct error *err)
{
    int64_t id = json_num(request->body, "assignment", 0);
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT json_object('title', title, 'opens', opens, 'due', due, 'closes', closes, 'review', review, 'weight', weight,"
        " 'category', category, 'late', late, 'count', count, 'seconds', seconds, 'attempts', attempts, 'graders', graders,"
        " 'blind', blind, 'grading', grading, 'tolerance', tolerance, 'trust', trust),"
        " json_object('kind', kind, 'ref', ref), closes = due, review = closes"
        " FROM assignment WHERE id = ? AND removed IS NULL",
        "i", id);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r <= 0)
        return r < 0 ? r : error_set(err, ENOENT, "no such assignment: %lld", (long long)id);
    cleanup_json json_t *terms = json_loads(query_text(query, 0), 0, NULL), *fixed = json_loads(query_text(query, 1), 0, NULL);
    r = check_trust(request, id, json_num(terms, "trust", 0) != 0, err);
    if (r < 0)
        return r;
    if (query_int(query, 2) && json_object_get(request->body, "due"))
        json_object_del(terms, "closes");
    if (query_int(query, 3) && !json_object_get(terms, "closes"))
        json_object_del(terms, "review");
    json_object_update(terms, (json_t *)request->body);
    json_object_update(terms, fixed);
    return set_work(request, terms, id, reply, err);
}

int request_class_unassign(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    int64_t id = json_num(request->body, "assignment", 0);
    if (!store_number(request->store, 0, "SELECT 1 FROM assignment WHERE id = ? AND removed IS NULL", "i", id))
        return error_set(err, ENOENT, "no such assignment: %lld", (long long)id);
    int r =
        store_run(request->store, err, "UPDATE assignment SET removed = ? WHERE id = ?", "ii", store_now_ms(request->store), id);
    return r < 0 ? r : progress_event(request, "class.unassign", json_pack("{s:I}", "assignment", (json_int_t)id), err);
}

int request_class_extend(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    int64_t id = json_num(request->body, "assignment", 0), due = json_num(request->body, "due", 0);
    int64_t attempts = json_num(request->body, "attempts", 0);
    const char *reason = json_str(request->body, "reason", "");
    int64_t person = member_of(request);
    if (!person || !store_number(request->store, 0, "SELECT 1 FROM assignment WHERE id = ?", "i", id))
        return error_set(err, ENOENT, "no such member, or no such assignment");
    if (!*reason || attempts < 0 || attempts > 100 || (!due && !attempts))
        return error_set(err, EINVAL, "an extension needs a \"reason\", and \"due\" or \"attempts\" (0 to 100 more)");
    int r = store_run(request->store, err,
                      "INSERT INTO extension (assignment, person, due, attempts, reason) VALUES (?, ?, nullif(?, 0), ?, ?)"
                      " ON CONFLICT DO UPDATE SET due = coalesce(excluded.due, due), attempts = attempts + excluded.attempts,"
                      " reason = excluded.reason",
                      "iiiit", id, person, due, attempts, reason);
    return r < 0 ? r
                 : progress_event(request, "class.extend",
                                  json_pack("{s:I,s:I,s:I,s:I,s:s}", "assignment", (json_int_t)id, "person", (json_int_t)person,
                                            "due", (json_int_t)due, "attempts", (json_int_t)attempts, "reason", reason),
                                  err);
}

static json_t *assignment_row(const struct request *request, sqlite3_stmt *row)
{
    bool quiz = str_equal(query_text(row, 17), "quiz");
    json_t *out = json_pack(
        "{s:I,s:s,s:s,s:s,s:o,s:o,s:o,s:f,s:s,s:f,s:I,s:I,s:I,s:I,s:b,s:o,s:I}", "assignment", (json_int_t)query_int(row, 0),
        "kind", query_text(row, 1), "ref", query_text(row, 2), "title", query_text(row, 3), "opens", json_time(query_int(row, 4)),
        "due", json_time(assign_due(request->store, query_int(row, 0), request->person)), "closes", json_time(query_int(row, 6)),
        "weight", sqlite3_column_double(row, 7), "category", query_text(row, 8), "late", sqlite3_column_double(row, 9), "count",
        (json_int_t)query_int(row, 10), "seconds", (json_int_t)query_int(row, 11), "attempts", (json_int_t)query_int(row, 12),
        "graders", (json_int_t)query_int(row, 13), "blind", (int)query_int(row, 14), "review", json_time(query_int(row, 15)), "had",
        (json_int_t)query_int(row, 16));
    json_object_update_new(out, json_pack("{s:s,s:s,s:f,s:b}", "source", query_text(row, 17), "grading", query_text(row, 18),
                                          "tolerance", query_real(row, 19), "trust", (int)query_int(row, 20)));
    json_object_update_new(out,
                           json_pack("{s:I,s:b}", "more", (json_int_t)query_int(row, 21), "extended", (int)query_int(row, 22)));
    cleanup_json json_t *own = NULL, *settings = quiz ? quiz_read(request, query_text(row, 2), &own) : NULL;
    if (quiz)
        json_object_update_new(out, json_pack("{s:b,s:s,s:I}", "password", json_object_get(settings, "password") != NULL,
                                              "navigation", json_str(settings, "navigation", "free"), "grace",
                                              (json_int_t)json_num(settings, "grace", 0)));
    if (json_object_get(own, "seconds"))
        json_object_set(out, "own_seconds", json_object_get(own, "seconds"));
    return out;
}

int request_class_assignments(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT id, kind, ref, title, opens, a.due, closes, weight, category, late, count, seconds, a.attempts, graders,"
        " blind, ifnull(review, closes), (SELECT count(*) FROM assignment_attempt x JOIN attempt t ON t.id = x.attempt"
        " WHERE x.assignment = a.id AND t.person = ?1), source, grading, tolerance, trust,"
        " ifnull(e.attempts, 0), e.due NOT NULL FROM assignment a LEFT JOIN extension e ON e.assignment = a.id AND e.person = ?1"
        " WHERE removed IS NULL ORDER BY a.due, id",
        "i", request->person);
    json_t *list = json_array();
    json_object_set_new(reply, "assignments", list);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(list, assignment_row(request, query));
    json_object_set_new(
        reply, "extra",
        json_integer(store_number(request->store, 0, "SELECT extra FROM member WHERE person = ?", "i", request->person)));
    return r;
}
