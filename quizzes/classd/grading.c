/* Answers that people mark: the queue of those that wait, the marks, and what settles marks that differ. A mark is a new row and an
 * event in the chain; none is ever changed. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/answers.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"
#include "quizzes/classd/rubric.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>

enum { QUEUE_MOST = 100, QUEUE_BYTES = 200 << 10 };

/* An answer that people mark, of an attempt that has ended and is not that of the one who asks (?1). */
#define WRITTEN                                                                                                                    \
    "SELECT i.attempt, i.slot, q.id, q.stem, (SELECT json_extract(body, '$.answer') FROM event e WHERE e.attempt = i.attempt AND"  \
    " e.slot = i.slot AND e.seq NOT NULL ORDER BY e.seq DESC LIMIT 1) AS answer, s.id, s.title, s.blind, s.graders, m.name,"       \
    " (SELECT rubric FROM question_secret k WHERE k.rev = i.rev AND k.position = i.position), q.type,"                             \
    " (SELECT count(DISTINCT grader) FROM grading g WHERE g.attempt = i.attempt AND g.slot = i.slot) FROM attempt_item i"          \
    " JOIN attempt a ON a.id = i.attempt JOIN question q ON q.rev = i.rev AND q.position = i.position"                             \
    " JOIN assignment_attempt x ON x.attempt = a.id JOIN assignment s ON s.id = x.assignment JOIN member m ON m.person = a.person" \
    " WHERE a.ended IS NOT NULL AND (q.type = 'essay' OR (q.type = 'task' AND NOT s.trust)) AND a.person <> ?1 "                   \
    "AND " ANSWER_WRITTEN("answer")
#define MARKS " FROM grading g WHERE g.attempt = i.attempt AND g.slot = i.slot"

/* As many graders as the assignment wants, and no second mark by the same one. */
static const char waiting[] =
    WRITTEN " AND (SELECT count(DISTINCT grader)" MARKS ") < max(s.graders, 1) AND NOT EXISTS (SELECT 1" MARKS
            " AND (g.grader = ?1 OR g.final)) ORDER BY i.attempt, i.slot LIMIT ?2";
/* Graders that are further apart than the assignment's tolerance, and nobody has settled it. */
static const char disputed[] =
    WRITTEN " AND NOT EXISTS (SELECT 1" MARKS " AND g.final) AND (SELECT max(points / most) -"
            " min(points / most)" LAST_MARKS("i.attempt", "i.slot") ") * 100 > s.tolerance ORDER BY i.attempt, i.slot LIMIT ?2";

/* What graders gave, with who it was: for who settles it. */
static json_t *marks_given(struct store *store, sqlite3_stmt *row, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT points, most, comment, criteria, ifnull((SELECT name FROM member WHERE person = grader), '')" LAST_MARKS(
            "?1", "?2") " ORDER BY id",
        "ii", query_int(row, 0), query_int(row, 1));
    json_t *list = json_array();
    while (query && query_next(store, query, err) == 1) {
        json_t *criteria = json_loads(query_text(query, 3), 0, NULL);
        json_array_append_new(list, json_pack("{s:o,s:o,s:s,s:o,s:s}", "points", score_json(query_real(query, 0)), "most",
                                              score_json(query_real(query, 1)), "comment", query_text(query, 2), "criteria",
                                              criteria ? criteria : json_array(), "by", query_text(query, 4)));
    }
    return list;
}

/* Blind: without whose it is. */
static json_t *queue_row(struct store *store, sqlite3_stmt *row, bool with_marks, struct error *err)
{
    const char *answer = query_text(row, 4);
    bool blind = query_int(row, 7) != 0;
    json_t *criteria = rubric_json(query_text(row, 10)), *criterion;
    long long most = 0;
    size_t i;
    json_array_foreach(criteria, i, criterion) most += json_num(criterion, "points", 0);
    json_t *out = json_pack("{s:I,s:I,s:s,s:s,s:o,s:I,s:s,s:o,s:o,s:o,s:s,s:I,s:I}", "attempt", (json_int_t)query_int(row, 0),
                            "slot", (json_int_t)query_int(row, 1), "question", query_text(row, 2), "stem", query_text(row, 3),
                            "answer", json_text_value(answer, strlen(answer)), "assignment", (json_int_t)query_int(row, 5), "title",
                            query_text(row, 6), "student", blind ? json_null() : json_string(query_text(row, 9)), "criteria",
                            criteria, "most", most ? json_integer(most) : json_null(), "type", query_text(row, 11), "given",
                            (json_int_t)query_int(row, 12), "graders", (json_int_t)(query_int(row, 8) > 1 ? query_int(row, 8) : 1));
    if (with_marks)
        json_object_set_new(out, "marks", marks_given(store, row, err));
    return out;
}

int request_class_queue(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    bool differ = json_flag(request->body, "disputed", false);
    if (differ && role_of(store, request->uid) != ROLE_INSTRUCTOR)
        return error_set(err, EACCES, "marks that differ are shown to instructors alone: graders mark without each other's");
    cleanup_query sqlite3_stmt *query = differ ? store_query(store, err, disputed, "ii", request->person, (int64_t)QUEUE_MOST)
                                               : store_query(store, err, waiting, "ii", request->person, (int64_t)QUEUE_MOST);
    json_t *items = json_array();
    json_object_set_new(reply, "queue", items);
    int r = query ? 0 : -err->code;
    size_t size = 0;
    while (query && size < QUEUE_BYTES && (r = query_next(store, query, err)) == 1) {
        json_t *item = queue_row(store, query, differ, err);
        size += json_dumpb(item, NULL, 0, JSON_COMPACT);
        json_array_append_new(items, item);
    }
    return r < 0 ? r : 0;
}

struct given {
    int64_t attempt, slot;
    double points, most;
    const json_t *criteria;
    const char *comment;
    bool final;
};

/* A grader may mend a mark of their own; one more than the assignment asks for is not wanted. */
static int check_turn(const struct request *request, const struct given *given, struct error *err)
{
    bool done = store_number(request->store, 0,
                             "SELECT count(DISTINCT grader) >= max(s.graders, 1) AND NOT ifnull(max(grader = ?1), 0) FROM"
                             " assignment s JOIN assignment_attempt x ON x.assignment = s.id LEFT JOIN grading g ON"
                             " g.attempt = x.attempt AND g.slot = ?3 WHERE x.attempt = ?2 GROUP BY s.id",
                             "iii", request->person, given->attempt, given->slot);
    return done ? error_set(err, EALREADY, "question %lld of attempt %lld has its marks; an instructor may settle it with another",
                            (long long)given->slot, (long long)given->attempt)
                : 0;
}

/* There is such an answer, and it is another one's. */
static int check_answer(const struct request *request, const struct given *given, struct error *err)
{
    int64_t person = store_number(request->store, 0,
                                  "SELECT a.person FROM attempt_item i JOIN attempt a ON a.id = i.attempt JOIN question q ON"
                                  " q.rev = i.rev AND q.position = i.position WHERE i.attempt = ? AND i.slot = ? AND"
                                  " a.ended IS NOT NULL AND (q.type = 'essay' OR (q.type = 'task' AND ?))",
                                  "iii", given->attempt, given->slot, (int64_t)assign_confirms(request->store, given->attempt));
    if (!person)
        return error_set(err, ENOENT, "attempt %lld has no free text to mark at %lld, or has not ended", (long long)given->attempt,
                         (long long)given->slot);
    if (person == request->person)
        return error_set(err, EACCES, "attempt %lld is your own; somebody else marks it", (long long)given->attempt);
    return given->final ? 0 : check_turn(request, given, err);
}

/* The points, by the rubric of the question as it was drawn. */
static int check_points(const struct request *request, struct given *given, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err,
                    "SELECT rubric FROM question_secret k JOIN attempt_item i ON k.rev = i.rev AND k.position = i.position WHERE"
                    " i.attempt = ? AND i.slot = ?",
                    "ii", given->attempt, given->slot);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r >= 0)
        r = rubric_check(r ? query_text(query, 0) : "", given->criteria, &given->points, &given->most, err);
    if (r < 0)
        return r;
    if (!(given->most > 0 && given->most <= 100 * CRITERIA_MOST && given->points >= 0 && given->points <= given->most))
        return error_set(err, EINVAL, "a mark has \"points\" from 0 to \"most\"");
    return text_check("the comment", given->comment, COMMENT_MOST, err);
}

static int store_mark(const struct request *request, const struct given *given, struct error *err)
{
    struct store *store = request->store;
    json_t *criteria = given->criteria ? json_incref((json_t *)given->criteria) : json_array();
    cleanup_free char *text = json_text(criteria);
    int r = store_run(store, err,
                      "INSERT INTO grading (at, attempt, slot, grader, points, most, comment, criteria, final)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      "iiiiddtti", store_now_ms(store), given->attempt, given->slot, request->person, given->points, given->most,
                      given->comment, text, (int64_t)given->final);
    json_t *body = json_pack("{s:I,s:I,s:f,s:f,s:s,s:I,s:o,s:b}", "attempt", (json_int_t)given->attempt, "slot",
                             (json_int_t)given->slot, "points", given->points, "most", given->most, "comment", given->comment,
                             "grading", (json_int_t)store_last_id(store), "criteria", criteria, "final", given->final);
    return r < 0 ? (json_decref(body), r) : progress_event(request, "class.grade", body, err);
}

static int grade(const struct request *request, bool final, json_t *reply, struct error *err)
{
    const json_t *body = request->body, *criteria = json_object_get(body, "criteria");
    struct given given = {.attempt = json_num(body, "attempt", 0),
                          .slot = json_num(body, "slot", 0),
                          .points = json_double(body, "points", -1),
                          .most = json_double(body, "most", -1),
                          .criteria = json_is_array(criteria) ? criteria : NULL,
                          .comment = json_str(body, "comment", ""),
                          .final = final};
    int r = check_answer(request, &given, err);
    if (r == 0)
        r = check_points(request, &given, err);
    if (r == 0)
        r = store_mark(request, &given, err);
    json_object_update_new(reply, json_pack("{s:o,s:o}", "points", score_json(given.points), "most", score_json(given.most)));
    return r;
}

int request_class_grade(const struct request *request, json_t *reply, struct error *err)
{
    return grade(request, false, reply, err);
}

/* The one mark that counts from now on, whatever graders gave. There has to be something to settle, and a reason. */
int request_class_settle(const struct request *request, json_t *reply, struct error *err)
{
    if (!*json_str(request->body, "comment", ""))
        return error_set(err, EINVAL, "a mark that settles others needs a \"comment\" that says why");
    if (!store_number(request->store, 0, "SELECT count(*) FROM grading WHERE attempt = ? AND slot = ?", "ii",
                      (int64_t)json_num(request->body, "attempt", 0), (int64_t)json_num(request->body, "slot", 0)))
        return error_set(err, ENOENT, "nobody has marked that answer yet; there is nothing to settle");
    return grade(request, true, reply, err);
}
