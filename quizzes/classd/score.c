/* Marking against the secret part of the database. */
#include "quizzes/classd/score.h"

#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/attempt.h"

int score_keys(struct store *store, int64_t rev, int64_t position, char keys[16], struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT letter FROM choice_secret WHERE rev = ? AND position = ? AND is_key = 1 ORDER BY letter",
                    "ii", rev, position);
    size_t count = 0;
    int r = query ? 0 : -err->code;
    while (query && count < 15 && (r = query_next(store, query, err)) == 1)
        keys[count++] = *query_text(query, 0);
    keys[count] = 0;
    return r < 0 ? r : 0;
}

bool score_item(const char *keys, const char *chosen) { return *keys && str_equal(keys, chosen); }

int score_attempt(struct store *store, int64_t attempt, int64_t rev, int64_t *score, int64_t *max, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT slot, position FROM attempt_item WHERE attempt = ? ORDER BY slot", "i", attempt);
    int r = query ? 0 : -err->code;
    *score = *max = 0;
    while (query && (r = query_next(store, query, err)) == 1) {
        char keys[16], chosen[16];
        int64_t seq;
        r = score_keys(store, rev, query_int(query, 1), keys, err);
        if (r == 0)
            r = attempt_answer(store, attempt, query_int(query, 0), chosen, &seq, err);
        if (r < 0)
            return r;
        *score += score_item(keys, chosen);
        ++*max;
    }
    return r;
}

int64_t score_percent(int64_t score, int64_t max) { return max ? score * 100 / max : 0; }
