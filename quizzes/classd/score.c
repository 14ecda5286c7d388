/* Marking against the secret part of the database. */
#include "quizzes/classd/score.h"

#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/meaning.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/domc.h"
#include "quizzes/classd/items.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A mark is right when it is one, and thirds add up to a whole. */
static const double NEARLY = 1e-9;

int score_keys(struct store *store, int64_t rev, int64_t position, char keys[16], struct error *err)
{
    cleanup_query sqlite3_stmt *whole = store_query(
        store, err, "SELECT key FROM question_secret WHERE rev = ? AND position = ? AND key <> ''", "ii", rev, position);
    int r = whole ? query_next(store, whole, err) : -err->code;
    if (r == 1)
        snprintf(keys, 16, "%s", query_text(whole, 0));
    if (r != 0)
        return r < 0 ? r : 0;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT letter FROM choice_secret WHERE rev = ? AND position = ? AND is_key = 1 ORDER BY letter",
                    "ii", rev, position);
    size_t count = 0;
    r = query ? 0 : -err->code;
    while (query && count < 15 && (r = query_next(store, query, err)) == 1)
        keys[count++] = *query_text(query, 0);
    keys[count] = 0;
    return r < 0 ? r : 0;
}

bool score_item(const char *keys, const char *chosen) { return *keys && str_equal(keys, chosen); }

double score_multiple(enum question_scoring scoring, const char *keys, const char *chosen, size_t options)
{
    size_t right = 0, wrong = 0, all = strlen(keys);
    for (const char *p = chosen; *p; p++)
        strchr(keys, *p) ? right++ : wrong++;
    if (scoring == SCORING_ALL || !*chosen || !all)
        return score_item(keys, chosen);
    if (scoring == SCORING_PARTIAL)
        return (double)(options - wrong - (all - right)) / (double)options;
    double points = (double)right / (double)all - (options > all ? (double)wrong / (double)(options - all) : 0);
    return points > 0 ? points : 0;
}

double score_ordering(const char *key, const char *given)
{
    size_t count = strlen(key), right = 0;
    if (count < 2 || strlen(given) != count)
        return 0;
    for (size_t i = 0; i + 1 < count; i++) {
        const char *at = strchr(given, key[i]);
        right += at && at[1] == key[i + 1];
    }
    return (double)right / (double)(count - 1);
}

double score_matching(const char *key, const char *given)
{
    size_t count = strlen(key), right = 0;
    for (size_t i = 0; i < count && given[i]; i++)
        right += key[i] == given[i];
    return count ? (double)right / (double)count : 0;
}

static bool pattern_fits(enum question_type type, sqlite3_stmt *row, const char *answer)
{
    if (type == QUESTION_NUMERIC)
        return str_equal(query_text(row, 2), "*") ||
               number_matches(query_real(row, 3), query_real(row, 4), query_null(row, 5) ? NULL : query_text(row, 5), answer);
    return type == QUESTION_COMMAND ? command_matches(query_text(row, 2), answer) : pattern_matches(query_text(row, 2), answer);
}

/* The first that fits decides: a wrong answer that the author foresaw may stand before a pattern that takes much. */
static int score_typed(struct store *store, const struct drawn *item, const char *answer, struct mark *mark, int64_t *number,
                       struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT number, is_key, text, value, tolerance, unit FROM pattern WHERE rev = ? AND position = ? ORDER BY number", "ii",
        item->rev, item->position);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1)
        if (pattern_fits(item->type, query, answer)) {
            mark->points = (double)query_int(query, 1);
            *number = query_int(query, 0);
            return 0;
        }
    return r;
}

static double score_task(const char *answer)
{
    long long done = 0, all = 0;
    return sscanf(answer, "%lld/%lld", &done, &all) == 2 && all > 0 && done <= all ? (double)done / (double)all : 0;
}

/* Who sits in front of the lab's machine can say what they like of it. */
static void score_reported(const struct drawn *item, double share, struct mark *mark)
{
    mark->pending = item->reported && share > 0;
    mark->points = item->reported ? 0 : share;
}

static double score_choices(const struct drawn *item, const char *keys, const char *answer)
{
    size_t decided;
    if (item->domc)
        return domc_judge(keys, answer, &decided) == DOMC_RIGHT;
    switch (item->type) {
    case QUESTION_ORDERING:
        return score_ordering(keys, answer);
    case QUESTION_MATCHING:
        return score_matching(keys, answer);
    default:
        return score_multiple(item->scoring, keys, answer, strlen(item->ordering));
    }
}

int score_answer(struct store *store, const struct drawn *item, const char *answer, struct mark *mark, int64_t *number,
                 struct error *err)
{
    char keys[16];
    int64_t which = 0;
    int r = 0;
    *mark = (struct mark){0};
    if (item->type == QUESTION_ESSAY)
        mark->pending = answer_given(item, answer);
    else if (item->type == QUESTION_TASK)
        score_reported(item, score_task(answer), mark);
    else if (item->type >= QUESTION_SHORT)
        r = score_typed(store, item, answer, mark, &which, err);
    else if ((r = score_keys(store, item->rev, item->position, keys, err)) == 0)
        mark->points = score_choices(item, keys, answer);
    mark->right = mark->points > 1 - NEARLY;
    if (number)
        *number = which;
    return r;
}

int score_attempt(struct store *store, int64_t attempt, double *points, int64_t *max, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT slot FROM attempt_item WHERE attempt = ? ORDER BY slot", "i", attempt);
    int r = query ? 0 : -err->code;
    *points = 0;
    *max = 0;
    while (query && (r = query_next(store, query, err)) == 1) {
        struct drawn item;
        struct mark mark;
        int64_t seq;
        cleanup_free char *answer = NULL;
        r = item_find(store, attempt, query_int(query, 0), &item, err);
        if (r == 0)
            r = attempt_answer(store, attempt, item.slot, &answer, &seq, err);
        if (r == 0)
            r = score_answer(store, &item, answer, &mark, NULL, err);
        if (r < 0)
            return r;
        *points += mark.points;
        ++*max;
    }
    return r;
}

int64_t score_percent(double points, int64_t max) { return max ? (int64_t)floor(points * 100 / (double)max + NEARLY) : 0; }

json_t *score_json(double points)
{
    double whole = nearbyint(points);
    return fabs(points - whole) < NEARLY ? json_integer((json_int_t)whole) : json_real(round(points * 1000) / 1000);
}
