/* The rules for exams that follow from what is set to the class. */
#include "quizzes/classd/assign.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/quiz.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int64_t assign_due(struct store *store, int64_t assignment, int64_t person)
{
    return store_number(store, 0,
                        "SELECT max(a.due, ifnull(e.due, 0)) FROM assignment a LEFT JOIN extension e ON e.assignment = a.id"
                        " AND e.person = ? WHERE a.id = ?",
                        "ii", person, assignment);
}

/* What one student gets: their extension, and what the quiz itself has for them. */
struct window {
    int64_t opens, closes, attempts;
};

static struct window window_for(const struct request *request, sqlite3_stmt *row, int64_t id, const json_t *own)
{
    struct store *store = request->store;
    int64_t due =
        store_number(store, 0, "SELECT due FROM extension WHERE assignment = ? AND person = ?", "ii", id, request->person);
    int64_t more =
        store_number(store, 0, "SELECT attempts FROM extension WHERE assignment = ? AND person = ?", "ii", id, request->person);
    struct window window = {.opens = json_num(own, "opens", query_int(row, 5)),
                            .closes = json_num(own, "closes", query_int(row, 6)),
                            .attempts = json_num(own, "attempts", query_int(row, 4)) + more};
    window.closes = window.closes > due ? window.closes : due;
    return window;
}

static int check_window(const struct request *request, int64_t id, const struct window *window, struct error *err)
{
    int64_t now = store_now_ms(request->store);
    if (now < window->opens)
        return error_set(err, EAGAIN, "assignment %lld opens later", (long long)id);
    if (now >= window->closes)
        return error_set(err, ETIME, "assignment %lld is closed", (long long)id);
    int64_t had = store_number(request->store, 0,
                               "SELECT count(*) FROM assignment_attempt x JOIN attempt a ON a.id = x.attempt"
                               " WHERE x.assignment = ? AND a.person = ?",
                               "ii", id, request->person);
    return had < window->attempts
               ? 0
               : error_set(err, EDQUOT, "assignment %lld allows %lld attempt%s, and you had %s", (long long)id,
                           (long long)window->attempts, window->attempts == 1 ? "" : "s", window->attempts == 1 ? "it" : "them");
}

/* The limit is the assignment's, with the student's extra time, and never runs past its closing. What the quiz sets for this one
 * student is meant as it stands. */
static void set_limit(const struct request *request, struct exam_terms *terms, int64_t seconds, int64_t closes, const json_t *own)
{
    int64_t extra = store_number(request->store, 0, "SELECT extra FROM member WHERE person = ?", "i", request->person);
    int64_t left = (closes - store_now_ms(request->store)) / 1000;
    terms->seconds = json_num(own, "seconds", seconds * (100 + extra) / 100);
    if (terms->seconds > left)
        terms->seconds = left > 5 ? left : 5;
}

static int fill_terms(const struct request *request, struct exam_terms *terms, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(request->store, err,
                                                    "SELECT id, ref, count, seconds, attempts, opens, closes, source = 'quiz' FROM"
                                                    " assignment WHERE id = ? AND kind = 'quiz' AND removed IS NULL",
                                                    "i", terms->assignment);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, ENOENT, "no such quiz: assignment %lld; `slipway class assignments` lists yours",
                         (long long)terms->assignment);
    bool quiz = query_int(query, 7) != 0;
    cleanup_json json_t *own = NULL, *all = quiz ? quiz_read(request, query_text(query, 1), &own) : NULL;
    (void)all;
    struct window window = window_for(request, query, terms->assignment, own);
    r = check_window(request, terms->assignment, &window, err);
    if (r < 0)
        return r;
    snprintf(terms->bank, sizeof terms->bank, "%s%.64s", quiz ? "quiz:" : "", query_text(query, 1));
    terms->count = query_int(query, 2);
    terms->closes = window.closes;
    set_limit(request, terms, query_int(query, 3), window.closes, own);
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

/* A student who names a quiz means what was set of it last; in a class a quiz is sat in no other way. */
int64_t assign_named(const struct request *request)
{
    const char *quiz = json_str(request->body, "quiz", NULL);
    int64_t assignment = json_num(request->body, "assignment", 0);
    if (assignment || !quiz || !is_student(request))
        return assignment;
    return store_number(request->store, 0,
                        "SELECT id FROM assignment WHERE source = 'quiz' AND ref = ?1 AND removed IS NULL ORDER BY opens <= ?2 AND"
                        " closes > ?2 DESC, id DESC LIMIT 1",
                        "ti", quiz, store_now_ms(request->store));
}

bool assign_is_quiz(const struct request *request)
{
    return request->store->classroom && store_number(request->store, 0, "SELECT source = 'quiz' FROM assignment WHERE id = ?", "i",
                                                     (int64_t)json_num(request->body, "assignment", 0));
}

static int64_t assign_running(const struct request *request, int64_t assignment, const char *name)
{
    if (!request->store->classroom || !json_flag(request->body, "resume", true))
        return 0;
    return assignment
               ? store_number(request->store, 0,
                              "SELECT a.id FROM attempt a JOIN assignment_attempt x ON x.attempt = a.id WHERE a.person = ? AND"
                              " x.assignment = ? AND a.ended IS NULL",
                              "ii", request->person, assignment)
               : store_number(request->store, 0, "SELECT id FROM attempt WHERE person = ? AND bank = ? AND ended IS NULL", "it",
                              request->person, name);
}

int assign_terms(const struct request *request, const char *name, struct exam_terms *terms, struct error *err)
{
    terms->assignment = assign_named(request);
    snprintf(terms->bank, sizeof terms->bank, "%s", name);
    int64_t running = assign_running(request, terms->assignment, name);
    if (running) /* it goes on under the terms that it has */
        return assign_bank(request->store, running, terms, err);
    if (!request->store->classroom)
        return terms->assignment ? error_set(err, ENOTSUP, "there is no class here, and so no assignment") : 0;
    if (terms->assignment)
        return fill_terms(request, terms, err);
    if (!str_starts(name, "quiz:"))
        return assign_bank_open(request, name, err);
    return !is_student(request)
               ? 0
               : error_set(err, EACCES, "the quiz %s is not set to the class; `slipway class assignments` lists what is",
                           name + strlen("quiz:"));
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

bool assign_confirms(struct store *store, int64_t attempt)
{
    return store->classroom &&
           store_number(store, 0,
                        "SELECT NOT trust FROM assignment s JOIN assignment_attempt x ON x.assignment = s.id WHERE x.attempt = ?",
                        "i", attempt);
}

int64_t assign_withheld(struct store *store, int64_t person, int64_t attempt)
{
    if (!store->classroom ||
        !store_number(store, 0, "SELECT role = 'student' FROM member WHERE person = ? AND removed IS NULL", "i", person))
        return 0;
    int64_t from = store_number(store, 0, review_time, "i", attempt);
    return store_now_ms(store) < from ? from : 0;
}

/* Set as a quiz whose results are not out at ?1. A quiz may draw from a bank that its rules name, or from all of a domain. */
#define SET_WITH(bank)                                                                                                             \
    " FROM assignment a WHERE a.kind = 'quiz' AND a.removed IS NULL AND ifnull(a.review, a.closes) > ?1 AND ((a.source = 'bank'"   \
    " AND a.ref = " bank ") OR (a.source = 'quiz' AND EXISTS (SELECT 1 FROM quiz z, json_each(z.settings, '$.draw') d WHERE"       \
    " z.id = a.ref AND coalesce(d.value ->> 'bank', " bank ") = " bank                                                             \
    " AND (d.value ->> 'domain' IS NULL OR d.value ->> 'domain'"                                                                   \
    " IN (SELECT domain FROM bank WHERE id = " bank ")))))"

char *assign_closed(const struct request *request)
{
    struct error ignored = ERROR_INIT;
    if (!is_student(request))
        return xstrdup("[]");
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, &ignored,
                    "SELECT json_group_array(id) FROM (SELECT DISTINCT id FROM bank b WHERE id IN (SELECT bank FROM bank_kept) OR"
                    " EXISTS (SELECT 1" SET_WITH("b.id") "))",
                    "i", store_now_ms(request->store));
    return xstrdup(query && query_next(request->store, query, &ignored) == 1 ? query_text(query, 0) : "[]");
}

int assign_bank_open(const struct request *request, const char *bank, struct error *err)
{
    if (!is_student(request))
        return 0;
    if (store_number(request->store, 0, "SELECT 1 FROM bank_kept WHERE bank = ?", "t", bank))
        return error_set(err, EACCES, "the questions of %s are kept for exams; `slipway class assignments` lists yours", bank);
    int64_t set =
        store_number(request->store, 0, "SELECT a.id" SET_WITH("?2") " LIMIT 1", "it", store_now_ms(request->store), bank);
    return set ? error_set(err, EACCES, "%s is set as assignment %lld, whose results are not out yet", bank, (long long)set) : 0;
}
