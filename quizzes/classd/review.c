/* The three things that keep a result back: the class's date of review, a quiz's phases, and another attempt that runs. */
#include "quizzes/classd/review.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"

enum { REVIEW_AT_ONCE_MS = 2 * 60 * 1000 };

/* What the settings open in the phase that it is. */
static unsigned opened(const char *settings, int64_t closes, int64_t ended, int64_t now)
{
    static const char *const words[] = {"right", "points", "key", "explanations"};
    const char *phase = closes && now >= closes ? "closed" : now - ended < REVIEW_AT_ONCE_MS ? "after" : "later";
    cleanup_json json_t *review = json_loads(settings, 0, NULL);
    const json_t *open = json_object_get(review, phase), *word;
    unsigned bits = open ? 0 : REVIEW_ALL;
    size_t index;
    json_array_foreach(open, index, word)
    {
        for (unsigned i = 0; i < ARRAY_LEN(words); i++)
            bits |= str_equal(json_string_value(word), words[i]) ? 1u << i : 0;
    }
    return bits;
}

/* Did it end while another ran? One attempt with one answer would tell whether it is right. Which of two events came first is known
 * by their numbers, also within a millisecond. */
static bool ended_meanwhile(struct store *store, int64_t attempt, int64_t running)
{
    return running && store_number(store, 1,
                                   "SELECT (SELECT max(id) FROM event WHERE attempt = ?1 AND kind IN ('exam.finish',"
                                   " 'exam.expire')) > (SELECT min(id) FROM event WHERE attempt = ?2 AND kind = 'exam.start')",
                                   "ii", attempt, running);
}

int review_of(struct store *store, int64_t attempt, struct review *out, struct error *err)
{
    *out = (struct review){0};
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT person, ended, json_extract(settings, '$.review'), ifnull(json_extract(settings, '$.closes'), 0) FROM"
                    " attempt WHERE id = ? AND ended IS NOT NULL",
                    "i", attempt);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r <= 0)
        return r;
    int64_t person = query_int(query, 0);
    out->withheld = assign_withheld(store, person, attempt);
    out->open = query_null(query, 2) ? REVIEW_ALL
                                     : opened(query_text(query, 2), query_int(query, 3), query_int(query, 1), store_now_ms(store));
    out->running =
        store_number(store, 0, "SELECT min(id) FROM attempt WHERE person = ? AND ended IS NULL AND id <> ?", "ii", person, attempt);
    if (out->withheld || ended_meanwhile(store, attempt, out->running))
        out->open = 0;
    out->counts = (out->open & REVIEW_MARKS) == REVIEW_MARKS;
    if (out->running)
        out->open &= REVIEW_POINTS;
    return 0;
}

bool review_counts(struct store *store, int64_t attempt)
{
    struct error err = ERROR_INIT;
    struct review review;
    return review_of(store, attempt, &review, &err) == 0 && review.counts;
}

bool review_points(struct store *store, int64_t attempt)
{
    struct error err = ERROR_INIT;
    struct review review;
    return review_of(store, attempt, &review, &err) == 0 && review.open & REVIEW_POINTS;
}
