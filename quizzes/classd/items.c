/* Putting questions into replies. Only item_add_secret and what it calls read the secret part. */
#include "quizzes/classd/items.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/domc.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>

static void fill(sqlite3_stmt *row, struct drawn *out)
{
    *out = (struct drawn){.slot = query_int(row, 0), .rev = query_int(row, 1), .position = query_int(row, 2)};
    int type = question_type_named(query_text(row, 3)), scoring = question_scoring_named(query_text(row, 4));
    out->type = type < 0 ? QUESTION_SINGLE : (enum question_type)type;
    out->scoring = scoring < 0 ? SCORING_ALL : (enum question_scoring)scoring;
    snprintf(out->ordering, sizeof out->ordering, "%s", query_text(row, 5));
    snprintf(out->pairing, sizeof out->pairing, "%s", query_text(row, 6));
    out->domc = (int)query_int(row, 7);
}

int item_find(struct store *store, int64_t attempt, int64_t slot, struct drawn *out, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, i.rev, i.position, q.type, q.scoring, i.ordering, i.pairing, i.domc FROM attempt_item i"
                    " JOIN question q ON q.rev = i.rev AND q.position = i.position WHERE i.attempt = ? AND i.slot = ?",
                    "ii", attempt, slot);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, ENOENT, "attempt %lld has no question %lld", (long long)attempt, (long long)slot);
    fill(query, out);
    out->reported = out->type == QUESTION_TASK && assign_confirms(store, attempt);
    return 0;
}

int item_of_bank(struct store *store, int64_t rev, int64_t position, struct drawn *out, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT 0, rev, position, type, scoring,"
        " (SELECT ifnull(group_concat(letter, ''), '') FROM (SELECT letter FROM choice c WHERE c.rev = q.rev AND c.position ="
        " q.position ORDER BY letter)),"
        " (SELECT ifnull(group_concat(letter, ''), '') FROM (SELECT letter FROM counterpart c WHERE c.rev = q.rev AND c.position ="
        " q.position ORDER BY letter)), 0 FROM question q WHERE rev = ? AND position = ?",
        "ii", rev, position);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, ENOENT, "no such question: %lld", (long long)position);
    fill(query, out);
    return 0;
}

/* Letters as shown, in the order shown. */
static json_t *shown_letters(const char *ordering, const char *sources)
{
    json_t *out = json_array();
    for (size_t i = 0; ordering[i]; i++)
        if (strchr(sources, ordering[i]))
            json_array_append_new(out, json_stringn((char[]){(char)('a' + i)}, 1));
    return out;
}

static int add_counterparts(struct store *store, const struct drawn *item, json_t *out, struct error *err)
{
    json_t *list = json_array();
    json_object_set_new(out, "counterparts", list);
    for (size_t i = 0; item->pairing[i]; i++) {
        char letter[2] = {item->pairing[i]}, shown[2] = {(char)('a' + i)};
        cleanup_query sqlite3_stmt *query =
            store_query(store, err, "SELECT text FROM counterpart WHERE rev = ? AND position = ? AND letter = ?", "iit", item->rev,
                        item->position, letter);
        int r = query ? query_next(store, query, err) : -err->code;
        if (r < 0)
            return r;
        json_array_append_new(list, json_pack("{s:s,s:s}", "id", shown, "text", r ? query_text(query, 0) : ""));
    }
    return 0;
}

int item_add_options(struct store *store, const struct drawn *item, size_t most, json_t *out, struct error *err)
{
    json_t *options = json_array();
    json_object_set_new(out, "options", options);
    for (size_t i = 0; item->ordering[i] && i < most; i++) {
        char letter[2] = {item->ordering[i]}, shown[2] = {(char)('a' + i)};
        cleanup_query sqlite3_stmt *query =
            store_query(store, err, "SELECT text FROM choice WHERE rev = ? AND position = ? AND letter = ?", "iit", item->rev,
                        item->position, letter);
        int r = query ? query_next(store, query, err) : -err->code;
        if (r < 0)
            return r;
        json_array_append_new(options, json_pack("{s:s,s:s}", "id", shown, "text", r ? query_text(query, 0) : ""));
    }
    return item->type == QUESTION_MATCHING ? add_counterparts(store, item, out, err) : 0;
}

/* Options one at a time: those that were judged, with what was said, and the one that is to be judged. */
static int add_domc(struct store *store, const struct drawn *item, const char *said, bool all, json_t *out, struct error *err)
{
    char keys[16];
    int r = score_keys(store, item->rev, item->position, keys, err);
    if (r < 0)
        return r;
    size_t options = strlen(item->ordering), shown = domc_shown(keys, said, options, item->domc == 2);
    r = item_add_options(store, item, all ? options : shown, out, err);
    json_t *list = json_object_get(out, "options");
    for (size_t i = 0; i < strlen(said) / 2; i++)
        json_object_set_new(json_array_get(list, i), "said", json_boolean(said[2 * i + 1] == '+'));
    json_object_set_new(out, "domc", json_true());
    json_object_set_new(out, "over", json_boolean(domc_over(keys, said, options, item->domc == 2)));
    return r;
}

static json_t *key_of(const struct drawn *item, const char *keys)
{
    struct drawn plain = *item;
    plain.domc = 0;
    return item->type == QUESTION_ORDERING || item->type == QUESTION_MATCHING ? answer_json(&plain, keys)
                                                                              : shown_letters(item->ordering, keys);
}

static int add_explanations(struct store *store, const struct drawn *item, json_t *out, struct error *err)
{
    json_t *explanations = json_object();
    json_object_set_new(out, "explanations", explanations);
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT letter, explanation FROM choice_secret WHERE rev = ? AND position = ?", "ii", item->rev,
                    item->position);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        char shown[2] = {letter_to_shown(item->ordering, *query_text(query, 0))};
        json_object_set_new(explanations, shown, json_string(query_text(query, 1)));
    }
    return r;
}

/* Where to read on: a question's lesson and manual page could tell what is right, so they come when its explanations do. */
static int add_reading(struct store *store, const struct drawn *item, json_t *out, struct error *err)
{
    static const char *const names[] = {"lesson", "man"};
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT lesson, man FROM question WHERE rev = ? AND position = ?", "ii", item->rev, item->position);
    int r = query ? query_next(store, query, err) : -err->code;
    for (int i = 0; r == 1 && i < (int)ARRAY_LEN(names); i++)
        if (!query_null(query, i))
            json_object_set_new(out, names[i], json_string(query_text(query, i)));
    return r < 0 ? r : 0;
}

/* Of typed answers: what is right, what others get wrong, and which of them this answer met. */
static int add_patterns(struct store *store, const struct drawn *item, int64_t met, bool explain, json_t *out, struct error *err)
{
    json_t *list = json_array();
    json_object_set_new(out, "patterns", list);
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT number, is_key, text, explanation FROM pattern WHERE rev = ? AND position = ? ORDER BY number", "ii",
        item->rev, item->position);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1)
        json_array_append_new(list, json_pack("{s:s,s:b,s:s,s:b}", "text", query_text(query, 2), "key", (int)query_int(query, 1),
                                              "explanation", explain ? query_text(query, 3) : "", "met",
                                              (int)(query_int(query, 0) == met)));
    return r;
}

static int add_proof(struct store *store, const struct drawn *item, json_t *out, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT rubric, proof, proof_options FROM question_secret WHERE rev = ? AND position = ?", "ii",
                    item->rev, item->position);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r == 1 && !query_null(query, 0))
        json_object_set_new(out, "rubric", json_string(query_text(query, 0)));
    if (r == 1 && !query_null(query, 1))
        json_object_set_new(out, "proof",
                            json_pack("{s:s,s:b}", "script", query_text(query, 1), "options", (int)query_int(query, 2)));
    return r < 0 ? r : 0;
}

int item_add_secret(struct store *store, const struct drawn *item, const char *answer, unsigned review, json_t *out,
                    struct error *err)
{
    char keys[16];
    struct mark mark;
    int64_t met = 0;
    int r = score_answer(store, item, answer, &mark, &met, err);
    if (r == 0)
        r = score_keys(store, item->rev, item->position, keys, err);
    if (r < 0)
        return r;
    if (review & REVIEW_RIGHT)
        json_object_set_new(out, "right", json_boolean(mark.right));
    if (review & REVIEW_POINTS) {
        json_object_set_new(out, "points", score_json(mark.points));
        json_object_set_new(out, "pending", json_boolean(mark.pending));
    }
    if (review & REVIEW_KEY && item->type < QUESTION_SHORT)
        json_object_set_new(out, "key", key_of(item, keys));
    if (review & REVIEW_KEY && item->type >= QUESTION_SHORT && item->type < QUESTION_ESSAY)
        r = add_patterns(store, item, met, review & REVIEW_EXPLANATIONS, out, err);
    if (r == 0 && review & REVIEW_EXPLANATIONS && item->type < QUESTION_SHORT)
        r = add_explanations(store, item, out, err);
    if (r == 0 && review & REVIEW_EXPLANATIONS)
        r = add_reading(store, item, out, err);
    if (r == 0 && review & REVIEW_KEY && review & REVIEW_EXPLANATIONS)
        r = add_proof(store, item, out, err);
    return r;
}

static bool flagged(struct store *store, int64_t attempt, int64_t slot)
{
    return store_number(store, 0,
                        "SELECT body = '{\"flagged\":true}' FROM event WHERE attempt = ? AND slot = ? AND kind = 'exam.flag'"
                        " ORDER BY id DESC LIMIT 1",
                        "ii", attempt, slot);
}

/* Of an answer in an ended attempt: what is right by the key that counts now, and what it is worth now. */
static int add_reviewed(struct store *store, int64_t attempt, const struct drawn *item, const char *answer, unsigned review,
                        json_t *out, struct error *err)
{
    struct drawn now = *item;
    struct mark mark;
    int r = mark_correct(store, attempt, &now, err);
    if (r == 0)
        r = item_add_secret(store, &now, answer, review, out, err);
    if (r == 0)
        r = mark_answer(store, attempt, item, answer, &mark, err);
    if (r < 0)
        return r;
    if (review & REVIEW_RIGHT)
        json_object_set_new(out, "right", json_boolean(mark.right));
    if (!(review & REVIEW_POINTS))
        return 0;
    json_object_set_new(out, "points", score_json(mark.points));
    json_object_set_new(out, "pending", json_boolean(mark.pending));
    return mark_tell(store, attempt, item, out, err);
}

static int item_json(struct store *store, const struct attempt *attempt, sqlite3_stmt *row, unsigned review, json_t *out,
                     struct error *err)
{
    struct drawn item;
    int64_t seq;
    cleanup_free char *answer = NULL;
    int r = item_find(store, attempt->id, query_int(row, 0), &item, err);
    if (r == 0)
        r = attempt_answer(store, attempt->id, item.slot, &answer, &seq, err);
    if (r < 0)
        return r;
    json_object_set_new(out, "slot", json_integer(item.slot));
    json_object_set_new(out, "id", json_string(query_text(row, 1)));
    json_object_set_new(out, "bank", json_string(query_text(row, 7)));
    json_object_set_new(out, "type", json_string(query_text(row, 2)));
    json_object_set_new(out, "level", json_integer(query_int(row, 3)));
    json_object_set_new(out, "topic", json_string(query_text(row, 4)));
    json_object_set_new(out, "stem", json_string(query_text(row, 5)));
    if (!query_null(row, 6))
        json_object_set_new(out, "lab", json_string(query_text(row, 6)));
    json_object_set_new(out, "answer", answer_json(&item, answer));
    json_object_set_new(out, "seq", json_integer(seq));
    json_object_set_new(out, "flagged", json_boolean(flagged(store, attempt->id, item.slot)));
    r = item.domc ? add_domc(store, &item, answer, attempt->ended != 0, out, err)
                  : item_add_options(store, &item, SIZE_MAX, out, err);
    return r < 0 || !review ? r : add_reviewed(store, attempt->id, &item, answer, review, out, err);
}

int items_json(struct store *store, const struct attempt *attempt, int64_t from, int64_t to, unsigned review, json_t *out,
               int64_t *next, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, q.id, q.type, q.level, q.topic, q.stem, q.lab, b.id FROM attempt_item i"
                    " JOIN question q ON q.rev = i.rev AND q.position = i.position JOIN bank b ON b.rev = i.rev"
                    " WHERE i.attempt = ? AND i.slot BETWEEN ? AND ? ORDER BY i.slot",
                    "iii", attempt->id, from, to ? to : INT64_MAX);
    size_t size = 0;
    int r = query ? 0 : -err->code;
    *next = 0;
    while (query && (r = query_next(store, query, err)) == 1) {
        cleanup_json json_t *item = json_object();
        int64_t slot = query_int(query, 0);
        r = item_json(store, attempt, query, review, item, err);
        if (r < 0)
            return r;
        size += json_dumpb(item, NULL, 0, JSON_COMPACT);
        if (size > ITEMS_REPLY_MAX && json_array_size(out) > 0) {
            *next = slot;
            return 0;
        }
        json_array_append(out, item);
    }
    return r < 0 ? r : 0;
}
