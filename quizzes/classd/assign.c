/* Assignments: lessons, labs and quizzes with their dates, and the rules for exams that follow. */
#include "quizzes/classd/assign.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank_source.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int64_t now_ms(const struct request *request)
{
    struct time_now now;
    request->store->time(&now);
    return now.real_ms;
}

static bool is_student(const struct request *request)
{
    return request->store->classroom && role_of(request->store, request->uid) == ROLE_STUDENT;
}

int64_t assign_due(struct store *store, int64_t assignment, int64_t person)
{
    return store_number(store, 0,
                        "SELECT max(a.due, ifnull(e.due, 0)) FROM assignment a LEFT JOIN extension e ON e.assignment = a.id"
                        " AND e.person = ? WHERE a.id = ?",
                        "ii", person, assignment);
}

static int check_window(const struct request *request, sqlite3_stmt *row, int64_t closes, struct error *err)
{
    int64_t now = now_ms(request), id = query_int(row, 0);
    if (now < query_int(row, 5))
        return error_set(err, EAGAIN, "assignment %lld opens later", (long long)id);
    if (now >= closes)
        return error_set(err, ETIME, "assignment %lld is closed", (long long)id);
    int64_t had = store_number(request->store, 0,
                               "SELECT count(*) FROM assignment_attempt x JOIN attempt a ON a.id = x.attempt"
                               " WHERE x.assignment = ? AND a.person = ?",
                               "ii", id, request->person);
    int64_t more = store_number(request->store, 0, "SELECT attempts FROM extension WHERE assignment = ? AND person = ?", "ii", id,
                                request->person);
    int64_t most = query_int(row, 4) + more;
    return had < most ? 0
                      : error_set(err, EDQUOT, "assignment %lld allows %lld attempt%s, and you had %s", (long long)id,
                                  (long long)most, most == 1 ? "" : "s", most == 1 ? "it" : "them");
}

/* The limit is the assignment's, with the student's extra time, and never runs past its closing. */
static int fill_terms(const struct request *request, struct exam_terms *terms, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(request->store, err,
                                                    "SELECT id, ref, count, seconds, attempts, opens, closes FROM assignment WHERE "
                                                    "id = ? AND kind = 'quiz' AND removed IS NULL",
                                                    "i", terms->assignment);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, ENOENT, "no such quiz: assignment %lld; `slipway class assignments` lists yours",
                         (long long)terms->assignment);
    int64_t extended = store_number(request->store, 0, "SELECT due FROM extension WHERE assignment = ? AND person = ?", "ii",
                                    terms->assignment, request->person);
    int64_t closes = query_int(query, 6) > extended ? query_int(query, 6) : extended;
    r = check_window(request, query, closes, err);
    if (r < 0)
        return r;
    int64_t extra = store_number(request->store, 0, "SELECT extra FROM member WHERE person = ?", "i", request->person);
    int64_t left = (closes - now_ms(request)) / 1000;
    snprintf(terms->bank, sizeof terms->bank, "%s", query_text(query, 1));
    terms->count = query_int(query, 2);
    terms->seconds = query_int(query, 3) * (100 + extra) / 100;
    if (terms->seconds > left)
        terms->seconds = left > 5 ? left : 5;
    return 0;
}

static int assign_bank(struct store *store, int64_t attempt, struct exam_terms *terms, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(store, err, "SELECT bank FROM attempt WHERE id = ?", "i", attempt);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r == 1)
        snprintf(terms->bank, sizeof terms->bank, "%s", query_text(query, 0));
    return r < 0 ? r : 0;
}

static int64_t assign_running(const struct request *request)
{
    if (!request->store->classroom || !json_flag(request->body, "resume", true))
        return 0;
    int64_t assignment = json_num(request->body, "assignment", 0);
    return assignment
               ? store_number(request->store, 0,
                              "SELECT a.id FROM attempt a JOIN assignment_attempt x ON x.attempt = a.id WHERE a.person = ? AND"
                              " x.assignment = ? AND a.ended IS NULL",
                              "ii", request->person, assignment)
               : store_number(request->store, 0, "SELECT id FROM attempt WHERE person = ? AND bank = ? AND ended IS NULL", "it",
                              request->person, json_str(request->body, "bank", ""));
}

int assign_terms(const struct request *request, struct exam_terms *terms, struct error *err)
{
    const char *bank = json_str(request->body, "bank", "");
    terms->assignment = json_num(request->body, "assignment", 0);
    snprintf(terms->bank, sizeof terms->bank, "%s", bank);
    int64_t running = assign_running(request);
    if (running) /* it goes on under the terms that it has */
        return assign_bank(request->store, running, terms, err);
    if (!request->store->classroom)
        return terms->assignment ? error_set(err, ENOTSUP, "there is no class here, and so no assignment") : 0;
    return terms->assignment ? fill_terms(request, terms, err) : assign_bank_open(request, bank, err);
}

int assign_items_digest(struct store *store, int64_t attempt, char out[80], struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT * FROM attempt_item WHERE attempt = ? ORDER BY slot", "i", attempt);
    cleanup_buf struct buf text = BUF_INIT;
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1)
        for (int column = 0; column < sqlite3_column_count(query); column++) {
            buf_printf(&text, "%d:%d:", sqlite3_column_type(query, column), sqlite3_column_bytes(query, column));
            if (!query_null(query, column))
                buf_add(&text, sqlite3_column_blob(query, column), (size_t)sqlite3_column_bytes(query, column));
            buf_putc(&text, '\n');
        }
    char digest[DIGEST_TEXT];
    digest_bytes(text.data ? text.data : "", text.len, digest);
    snprintf(out, 80, "%s", digest);
    return r;
}

int assign_began(const struct request *request, const struct exam_terms *terms, int64_t attempt, struct error *err)
{
    if (!request->store->classroom)
        return 0;
    char digest[80];
    int r = assign_items_digest(request->store, attempt, digest, err);
    if (r == 0 && terms->assignment)
        r = store_run(request->store, err, "INSERT INTO assignment_attempt (attempt, assignment) VALUES (?, ?)", "ii", attempt,
                      terms->assignment);
    return r < 0 ? r
                 : progress_event(request, "exam.items",
                                  json_pack("{s:I,s:I,s:s}", "attempt", (json_int_t)attempt, "assignment",
                                            (json_int_t)terms->assignment, "items", digest),
                                  err);
}

/* NULL in `review`: when it closes. */
static const char review_time[] =
    "SELECT ifnull(a.review, a.closes) FROM assignment a JOIN assignment_attempt x ON x.assignment = a.id"
    " WHERE x.attempt = ?";

int64_t assign_withheld(struct store *store, int64_t person, int64_t attempt)
{
    struct time_now now;
    store->time(&now);
    if (!store->classroom ||
        !store_number(store, 0, "SELECT role = 'student' FROM member WHERE person = ? AND removed IS NULL", "i", person))
        return 0;
    int64_t from = store_number(store, 0, review_time, "i", attempt);
    return now.real_ms < from ? from : 0;
}

int assign_bank_open(const struct request *request, const char *bank, struct error *err)
{
    if (!is_student(request))
        return 0;
    if (store_number(request->store, 0, "SELECT 1 FROM bank_kept WHERE bank = ?", "t", bank))
        return error_set(err, EACCES, "the questions of %s are kept for exams; `slipway class assignments` lists yours", bank);
    int64_t set = store_number(request->store, 0,
                               "SELECT id FROM assignment WHERE kind = 'quiz' AND ref = ? AND removed IS NULL"
                               " AND ifnull(review, closes) > ? LIMIT 1",
                               "ti", bank, now_ms(request));
    return set ? error_set(err, EACCES, "%s is set as assignment %lld, whose results are not out yet", bank, (long long)set) : 0;
}

/* --- the instructor's side */
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

static double real_of(const json_t *body, const char *name, double otherwise)
{
    const json_t *value = json_object_get(body, name);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static int check_work(const struct request *request, const char *kind, const char *ref, struct error *err)
{
    if (!str_equal(kind, "lesson") && !str_equal(kind, "lab") && !str_equal(kind, "quiz"))
        return error_set(err, EINVAL, "an assignment is a lesson, a lab or a quiz, not \"%.40s\"", kind);
    if (!bank_name_valid(ref))
        return error_set(err, EINVAL, "an assignment needs \"ref\", the name of the %s", kind);
    if (str_equal(kind, "quiz") && !store_number(request->store, 0, "SELECT 1 FROM bank WHERE id = ? LIMIT 1", "t", ref))
        return error_set(err, ENOENT, "no such question bank: %s; `slipway exam list` names them", ref);
    return 0;
}

int request_class_assign(const struct request *request, json_t *reply, struct error *err)
{
    static const struct setting settings[] = {{"count", 1, 200, 10}, {"seconds", 5, 86400, 900}, {"attempts", 1, 1000, 1},
                                              {"best", 0, 1, 1},     {"graders", 0, 2, 1},       {"blind", 0, 1, 0}};
    const json_t *body = request->body;
    const char *kind = json_str(body, "kind", ""), *ref = json_str(body, "ref", "");
    int64_t values[ARRAY_LEN(settings)], opens = json_num(body, "opens", now_ms(request)), due = json_num(body, "due", 0);
    int64_t closes = json_num(body, "closes", due), review = json_num(body, "review", closes);
    double weight = real_of(body, "weight", 1), late = real_of(body, "late", 0);
    int r = check_work(request, kind, ref, err);
    for (size_t i = 0; i < ARRAY_LEN(settings) && r == 0; i++)
        r = read_number(body, &settings[i], &values[i], err);
    if (r == 0 && (due <= opens || closes < due || review < 0))
        r = error_set(err, EINVAL, "an assignment opens before it is due, and closes when it is due or later");
    if (r == 0 && !(weight >= 0 && weight <= 1000 && late >= 0 && late <= 100))
        r = error_set(err, EINVAL, "\"weight\" is 0 to 1000, \"late\" 0 to 100 percent a day");
    if (r < 0)
        return r;
    r = store_run(
        request->store, err,
        "INSERT INTO assignment (kind, ref, title, opens, due, closes, weight, category, late, count, seconds, attempts, best,"
        " graders, blind, review) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "tttiiidtdiiiiiii", kind, ref, str_or(json_str(body, "title", ""), ref), opens, due, closes, weight,
        str_or(json_str(body, "category", ""), kind), late, values[0], values[1], values[2], values[3], values[4], values[5],
        review);
    int64_t id = store_last_id(request->store);
    json_object_set_new(reply, "assignment", json_integer(id));
    return r < 0 ? r
                 : progress_event(request, "class.assign",
                                  json_pack("{s:I,s:O}", "assignment", (json_int_t)id, "request", (json_t *)body), err);
}

int request_class_unassign(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    int64_t id = json_num(request->body, "assignment", 0);
    if (!store_number(request->store, 0, "SELECT 1 FROM assignment WHERE id = ? AND removed IS NULL", "i", id))
        return error_set(err, ENOENT, "no such assignment: %lld", (long long)id);
    int r = store_run(request->store, err, "UPDATE assignment SET removed = ? WHERE id = ?", "ii", now_ms(request), id);
    return r < 0 ? r : progress_event(request, "class.unassign", json_pack("{s:I}", "assignment", (json_int_t)id), err);
}

int request_class_extend(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    int64_t id = json_num(request->body, "assignment", 0), due = json_num(request->body, "due", 0);
    int64_t attempts = json_num(request->body, "attempts", 0);
    const char *reason = json_str(request->body, "reason", "");
    int64_t person = store_number(request->store, 0, "SELECT person FROM member JOIN person ON id = person WHERE uid = ?", "i",
                                  (int64_t)json_num(request->body, "uid", -1));
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

int request_class_assignments(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT id, kind, ref, title, opens, a.due, closes, weight, category, late, count, seconds, a.attempts, best, graders,"
        " blind, ifnull(review, closes), (SELECT count(*) FROM assignment_attempt x JOIN attempt t ON t.id = x.attempt"
        " WHERE x.assignment = a.id AND t.person = ?1), ifnull(e.attempts, 0), e.due NOT NULL FROM assignment a"
        " LEFT JOIN extension e ON e.assignment = a.id AND e.person = ?1 WHERE removed IS NULL ORDER BY a.due, id",
        "i", request->person);
    json_t *list = json_array();
    json_object_set_new(reply, "assignments", list);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(list, json_pack("{s:I,s:s,s:s,s:s,s:o,s:o,s:o,s:f,s:s,s:f,s:I,s:I,s:I,s:b,s:I,s:b,s:o,s:I,s:I,s:b}",
                                              "assignment", (json_int_t)query_int(query, 0), "kind", query_text(query, 1), "ref",
                                              query_text(query, 2), "title", query_text(query, 3), "opens",
                                              json_time(query_int(query, 4)), "due",
                                              json_time(assign_due(request->store, query_int(query, 0), request->person)), "closes",
                                              json_time(query_int(query, 6)), "weight", sqlite3_column_double(query, 7), "category",
                                              query_text(query, 8), "late", sqlite3_column_double(query, 9), "count",
                                              (json_int_t)query_int(query, 10), "seconds", (json_int_t)query_int(query, 11),
                                              "attempts", (json_int_t)query_int(query, 12), "best", (int)query_int(query, 13),
                                              "graders", (json_int_t)query_int(query, 14), "blind", (int)query_int(query, 15),
                                              "review", json_time(query_int(query, 16)), "had", (json_int_t)query_int(query, 17),
                                              "more", (json_int_t)query_int(query, 18), "extended", (int)query_int(query, 19)));
    json_object_set_new(
        reply, "extra",
        json_integer(store_number(request->store, 0, "SELECT extra FROM member WHERE person = ?", "i", request->person)));
    return r;
}
