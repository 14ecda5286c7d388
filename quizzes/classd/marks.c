/* Putting automatic marks, regrades and graders' marks together. */
#include "quizzes/classd/marks.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/rubric.h"

#include <math.h>
#include <string.h>

static const double NEARLY = 1e-9;

/* The same question, of the same type and with the same options under the same letters. */
static int64_t same_position(struct store *store, const struct drawn *item, int64_t rev)
{
    return store_number(
        store, 0,
        "SELECT n.position FROM question o JOIN question n ON n.rev = ?2 AND n.id = o.id AND n.type = o.type WHERE o.rev = ?1 AND"
        " o.position = ?3 AND NOT EXISTS (SELECT letter, text FROM choice WHERE rev = ?1 AND position = ?3 EXCEPT"
        " SELECT letter, text FROM choice WHERE rev = ?2 AND position = n.position) AND NOT EXISTS (SELECT letter, text FROM"
        " counterpart WHERE rev = ?1 AND position = ?3 EXCEPT SELECT letter, text FROM counterpart WHERE rev = ?2 AND position ="
        " n.position)",
        "iii", item->rev, rev, item->position);
}

bool mark_revise(struct store *store, struct drawn *item, int64_t rev)
{
    int64_t position = rev == item->rev ? item->position : same_position(store, item, rev);
    if (!position)
        return false;
    item->rev = rev;
    item->position = position;
    return true;
}

int mark_correct(struct store *store, int64_t attempt, struct drawn *item, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT r.rev FROM regrade r JOIN bank b ON b.rev = r.rev WHERE r.attempt = ? AND b.id = (SELECT id FROM bank"
                    " WHERE rev = ?) ORDER BY r.id DESC LIMIT 1",
                    "ii", attempt, item->rev);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r == 1)
        mark_revise(store, item, query_int(query, 0));
    return r < 0 ? r : 0;
}

/* How many graders an attempt's answers wait for. */
static int64_t graders_of(struct store *store, int64_t attempt)
{
    return store_number(store, 1,
                        "SELECT max(graders, 1) FROM assignment s JOIN assignment_attempt x ON x.assignment = s.id WHERE"
                        " x.attempt = ?",
                        "i", attempt);
}

/* 1 with the share that people gave and whether more marks are to come; 0, and it waits, when nobody has marked it. */
static int graded_share(struct store *store, int64_t attempt, int64_t slot, double *share, bool *waits, struct error *err)
{
    cleanup_query sqlite3_stmt *settled = store_query(
        store, err, "SELECT points / most FROM grading WHERE attempt = ? AND slot = ? AND final ORDER BY id DESC LIMIT 1", "ii",
        attempt, slot);
    int r = settled ? query_next(store, settled, err) : -err->code;
    *waits = r == 0;
    if (r == 1)
        *share = query_real(settled, 0);
    if (r != 0)
        return r;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT avg(points / most), count(*)" LAST_MARKS("?1", "?2"), "ii", attempt, slot);
    r = query ? query_next(store, query, err) : -err->code;
    if (r < 0 || query_int(query, 1) == 0)
        return r < 0 ? r : 0;
    *share = query_real(query, 0);
    *waits = query_int(query, 1) < graders_of(store, attempt);
    return 1;
}

int mark_answer(struct store *store, int64_t attempt, const struct drawn *item, const char *answer, struct mark *mark,
                struct error *err)
{
    struct drawn now = *item;
    double share;
    bool waits;
    int r = mark_correct(store, attempt, &now, err);
    if (r == 0)
        r = score_answer(store, &now, answer, mark, NULL, err);
    if (r < 0 || !mark->pending)
        return r;
    r = graded_share(store, attempt, item->slot, &share, &waits, err);
    if (r == 1)
        *mark = (struct mark){.points = share, .right = share > 1 - NEARLY, .pending = waits};
    return r < 0 ? r : 0;
}

/* One answer of an attempt that people mark, the shares added up. */
static int add_people(struct store *store, int64_t attempt, double *points, int64_t *pending, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, (SELECT " ANSWER_WRITTEN(
                        "json_extract(e.body, '$.answer')") " FROM event e WHERE"
                                                            " e.attempt = i.attempt AND e.slot = i.slot AND e.seq NOT NULL ORDER "
                                                            "BY e.seq DESC LIMIT 1) FROM attempt_item i"
                                                            " JOIN question q ON q.rev = i.rev AND q.position = i.position WHERE "
                                                            "i.attempt = ?1 AND (q.type = 'essay' OR"
                                                            " (q.type = 'task' AND ?2))",
                    "ii", attempt, (int64_t)assign_confirms(store, attempt));
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        double share = 0;
        bool waits;
        r = graded_share(store, attempt, query_int(query, 0), &share, &waits, err);
        if (r < 0)
            return r;
        *points += r ? share : 0;
        *pending += query_int(query, 1) && waits;
    }
    return r;
}

int mark_slot(struct store *store, int64_t attempt, int64_t slot, struct drawn *item, char **answer, struct mark *mark,
              struct error *err)
{
    int64_t seq;
    int r = item_find(store, attempt, slot, item, err);
    if (r == 0)
        r = attempt_answer(store, attempt, slot, answer, &seq, err);
    return r < 0 ? r : mark_answer(store, attempt, item, *answer, mark, err);
}

int mark_attempt(struct store *store, int64_t attempt, double *points, int64_t *max, int64_t *pending, struct error *err)
{
    int64_t waiting = 0;
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT coalesce((SELECT score FROM regrade r WHERE r.attempt = a.id ORDER BY r.id DESC LIMIT 1), points, score, 0),"
        " ifnull(max, 0) FROM attempt a WHERE id = ?",
        "i", attempt);
    int r = query ? query_next(store, query, err) : -err->code;
    *points = r == 1 ? query_real(query, 0) : 0;
    *max = r == 1 ? query_int(query, 1) : 0;
    if (r == 1)
        r = add_people(store, attempt, points, &waiting, err);
    if (pending)
        *pending = waiting;
    return r < 0 ? r : 0;
}

double mark_percent(struct store *store, int64_t attempt)
{
    struct error err = ERROR_INIT;
    double points;
    int64_t max;
    int r = mark_attempt(store, attempt, &points, &max, NULL, &err);
    return r < 0 || max <= 0 ? 0 : fmin(100, 100 * points / (double)max);
}

void grade_add(struct grade *grade, const char *method, double percent)
{
    grade->sum += percent;
    grade->count++;
    if (str_equal(method, "average"))
        grade->value = grade->sum / (double)grade->count;
    else if (grade->count == 1 || str_equal(method, "last") || (str_equal(method, "highest") && percent > grade->value))
        grade->value = percent;
}

/* --- what graders wrote */

static json_t *criteria_told(const char *rubric, const char *given)
{
    struct criterion criteria[CRITERIA_MOST];
    size_t count = rubric_read_criteria(rubric, criteria);
    cleanup_json json_t *points = json_loads(given, 0, NULL);
    json_t *list = json_array();
    for (size_t i = 0; i < count && i < json_array_size(points); i++)
        json_array_append_new(list, json_pack("{s:o,s:O,s:i}", "what", json_text_value(criteria[i].what, criteria[i].len), "points",
                                              json_array_get(points, i), "most", criteria[i].points));
    return list;
}

static int add_marks(struct store *store, int64_t attempt, const struct drawn *item, json_t *list, bool *settled, double *most,
                     struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT points, most, comment, criteria, final, (SELECT rubric FROM question_secret WHERE rev = ?3 AND"
                    " position = ?4)" LAST_MARKS(
                        "?1", "?2") " OR id = (SELECT max(id) FROM grading WHERE attempt = ?1 AND slot = ?2 AND final) ORDER BY id",
                    "iiii", attempt, item->slot, item->rev, item->position);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        const char *comment = query_text(query, 2);
        *most = query_real(query, 1);
        *settled = *settled || query_int(query, 4);
        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o,s:o,s:b}", "points", score_json(query_real(query, 0)), "most",
                            score_json(query_real(query, 1)), "comment", json_text_value(comment, strlen(comment)), "criteria",
                            criteria_told(query_text(query, 5), query_text(query, 3)), "settles", (int)query_int(query, 4)));
    }
    return r;
}

int mark_tell(struct store *store, int64_t attempt, const struct drawn *item, json_t *out, struct error *err)
{
    double share, most = 1;
    bool waits, settled = false;
    if (item->type != QUESTION_ESSAY && !item->reported)
        return 0;
    int r = graded_share(store, attempt, item->slot, &share, &waits, err);
    if (r <= 0)
        return r;
    json_t *marks = json_array();
    r = add_marks(store, attempt, item, marks, &settled, &most, err);
    json_object_set_new(out, "graded",
                        json_pack("{s:o,s:o,s:b,s:o}", "points", score_json(share * most), "most", score_json(most), "settled",
                                  settled, "marks", marks));
    return r;
}
