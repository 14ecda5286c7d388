/* Marks that people give, and marks that change: both are new rows with a reason, and events in the chain. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/gradebook.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>

enum { COMMENT_MOST = 4000, QUEUE_MOST = 100, TEXT_MOST = 4000 };

/* Free text of ended attempts that the one who asks may mark, and has not: as many graders as the assignment wants, and no second
 * mark by the same one. Blind: without whose it is. */
static const char queue[] =
    "SELECT i.attempt, i.slot, q.id, q.stem, (SELECT body FROM event e WHERE e.attempt = i.attempt AND e.slot = i.slot AND e.seq"
    " IS NOT NULL ORDER BY e.seq DESC LIMIT 1), s.id, s.title, s.blind, s.graders, m.name,"
    " (SELECT count(DISTINCT grader) FROM grading g WHERE g.attempt = i.attempt AND g.slot = i.slot) AS given"
    " FROM attempt_item i JOIN attempt a ON a.id = i.attempt JOIN question q ON q.rev = ifnull(i.rev, a.rev) AND q.position = "
    "i.position"
    " JOIN assignment_attempt x ON x.attempt = a.id JOIN assignment s ON s.id = x.assignment JOIN member m ON m.person = a.person"
    " WHERE a.ended IS NOT NULL AND q.type = 'essay' AND given < max(s.graders, 1)"
    " AND NOT EXISTS (SELECT 1 FROM grading g WHERE g.attempt = i.attempt AND g.slot = i.slot AND g.grader = ?1)"
    " ORDER BY i.attempt, i.slot LIMIT ?2";

static json_t *answer_of(const char *body)
{
    cleanup_json json_t *parsed = *body ? json_loads(body, 0, NULL) : NULL;
    const char *text = json_str(parsed, "answer", "");
    return json_text_value(text, strlen(text) > TEXT_MOST ? TEXT_MOST : strlen(text));
}

int request_class_queue(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(request->store, err, queue, "ii", request->person, (int64_t)QUEUE_MOST);
    json_t *items = json_array();
    json_object_set_new(reply, "queue", items);
    int r = query ? 0 : -err->code;
    size_t size = 0;
    while (query && size < (200 << 10) && (r = query_next(request->store, query, err)) == 1) {
        bool blind = query_int(query, 7) != 0;
        json_t *item = json_pack("{s:I,s:I,s:s,s:s,s:o,s:I,s:s,s:o}", "attempt", (json_int_t)query_int(query, 0), "slot",
                                 (json_int_t)query_int(query, 1), "question", query_text(query, 2), "stem", query_text(query, 3),
                                 "answer", answer_of(query_text(query, 4)), "assignment", (json_int_t)query_int(query, 5), "title",
                                 query_text(query, 6), "student", blind ? json_null() : json_string(query_text(query, 9)));
        size += json_dumpb(item, NULL, 0, JSON_COMPACT);
        json_array_append_new(items, item);
    }
    return r < 0 ? r : 0;
}

static double real_of(const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);
    return json_is_number(value) ? json_number_value(value) : -1;
}

int request_class_grade(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    struct store *store = request->store;
    int64_t attempt = json_num(request->body, "attempt", 0), slot = json_num(request->body, "slot", 0);
    double points = real_of(request->body, "points"), most = real_of(request->body, "most");
    const char *comment = json_str(request->body, "comment", "");
    struct time_now now;
    store->time(&now);
    if (!(most > 0 && most <= 1000 && points >= 0 && points <= most) || strlen(comment) > COMMENT_MOST)
        return error_set(err, EINVAL, "a mark has \"points\" from 0 to \"most\", and a comment of at most %d bytes", COMMENT_MOST);
    if (!store_number(
            store, 0,
            "SELECT 1 FROM attempt_item i JOIN attempt a ON a.id = i.attempt JOIN question q ON q.rev = ifnull(i.rev, a.rev) AND"
            " q.position = i.position WHERE i.attempt = ? AND i.slot = ? AND a.ended IS NOT NULL AND q.type = 'essay'",
            "ii", attempt, slot))
        return error_set(err, ENOENT, "attempt %lld has no free text to mark at %lld, or has not ended", (long long)attempt,
                         (long long)slot);
    int r =
        store_run(store, err, "INSERT INTO grading (at, attempt, slot, grader, points, most, comment) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "iiiiddt", now.real_ms, attempt, slot, request->person, points, most, comment);
    return r < 0 ? r
                 : progress_event(request, "class.grade",
                                  json_pack("{s:I,s:I,s:f,s:f,s:s,s:I}", "attempt", (json_int_t)attempt, "slot", (json_int_t)slot,
                                            "points", points, "most", most, "comment", comment, "grading",
                                            (json_int_t)store_last_id(store)),
                                  err);
}

/* A question of the newest revision is the corrected one when its id and its options are those that were seen. */
static int64_t corrected_position(struct store *store, int64_t rev, int64_t newest, int64_t position)
{
    return store_number(store, 0,
                        "SELECT n.position FROM question o JOIN question n ON n.rev = ?2 AND n.id = o.id WHERE o.rev = ?1 AND"
                        " o.position = ?3 AND NOT EXISTS (SELECT letter, text FROM choice WHERE rev = ?1 AND position = ?3 EXCEPT"
                        " SELECT letter, text FROM choice WHERE rev = ?2 AND position = n.position)",
                        "iii", rev, newest, position);
}

/* `item` as the newest revision of its bank has it; 0 when that has other options there. */
static bool correct_item(struct store *store, struct drawn *item)
{
    int64_t newest =
        store_number(store, 0, "SELECT rev FROM bank WHERE id = (SELECT id FROM bank WHERE rev = ?) ORDER BY recency DESC LIMIT 1",
                     "i", item->rev);
    int64_t position = newest == item->rev ? item->position : corrected_position(store, item->rev, newest, item->position);
    if (!position)
        return false;
    item->rev = newest;
    item->position = position;
    return true;
}

static int score_again(struct store *store, int64_t attempt, double *score, int64_t *max, int64_t *kept, struct error *err)
{
    *score = 0;
    *kept = 0;
    *max = store_number(store, 0, "SELECT count(*) FROM attempt_item WHERE attempt = ?", "i", attempt);
    int r = 0;
    for (int64_t slot = 1; slot <= *max && r == 0; slot++) {
        struct drawn item;
        struct mark mark = {0};
        int64_t seq;
        cleanup_free char *answer = NULL;
        r = item_find(store, attempt, slot, &item, err);
        *kept += r == 0 && !correct_item(store, &item);
        if (r == 0)
            r = attempt_answer(store, attempt, slot, &answer, &seq, err);
        if (r == 0)
            r = score_answer(store, &item, answer, &mark, NULL, err);
        *score += mark.points;
    }
    return r;
}

static int regrade_one(const struct request *request, int64_t attempt, int64_t newest, const char *reason, json_t *changes,
                       struct error *err)
{
    struct store *store = request->store;
    struct time_now now;
    int64_t max, kept;
    double score, before = attempt_percent(store, attempt);
    store->time(&now);
    int r = score_again(store, attempt, &score, &max, &kept, err);
    if (r == 0)
        r = store_run(store, err, "INSERT INTO regrade (at, attempt, person, rev, score, max, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
                      "iiiiddt", now.real_ms, attempt, request->person, newest, score, (double)max, reason);
    if (r < 0)
        return r;
    double after = attempt_percent(store, attempt);
    json_array_append_new(changes, json_pack("{s:I,s:f,s:f,s:I}", "attempt", (json_int_t)attempt, "before", before, "after", after,
                                             "kept", (json_int_t)kept));
    return progress_event(request, "class.regrade",
                          json_pack("{s:I,s:I,s:f,s:I,s:s,s:I}", "attempt", (json_int_t)attempt, "rev", (json_int_t)newest, "score",
                                    score, "max", (json_int_t)max, "reason", reason, "regrade", (json_int_t)store_last_id(store)),
                          err);
}

/* By the newest revision of the bank: every ended attempt at an older one. */
int request_class_regrade(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *bank = json_str(request->body, "bank", ""), *reason = json_str(request->body, "reason", "");
    int64_t newest = store_number(store, 0, "SELECT rev FROM bank WHERE id = ? ORDER BY recency DESC LIMIT 1", "t", bank);
    if (!newest)
        return error_set(err, ENOENT, "no such question bank: %s", bank);
    if (!*reason || strlen(reason) > COMMENT_MOST)
        return error_set(err, EINVAL, "a regrade needs a \"reason\"");
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT id, rev FROM attempt a WHERE bank = ?1 AND ended IS NOT NULL AND rev <> ?2 AND NOT EXISTS"
                    " (SELECT 1 FROM regrade g WHERE g.attempt = a.id AND g.rev = ?2) ORDER BY id",
                    "ti", bank, newest);
    json_t *changes = json_array();
    json_object_set_new(reply, "changes", changes);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        r = regrade_one(request, query_int(query, 0), newest, reason, changes, err);
        if (r < 0)
            return r;
    }
    return r;
}
