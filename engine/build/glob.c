/* Patterns are matched piece by piece between their stars: the first place that fits is right for every piece but the last, so that
 * no pattern takes more than its length times the value's. Both are turned into characters first, and round when the end is meant.
 */
#include "build/glob.h"

#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STAR = 0x110000, ANY };

struct runes {
    uint32_t *at;
    const char **text; /* where each stands in the value; one more for its end */
    size_t count;
};

static void runes_clear(struct runes *runes)
{
    free(runes->at);
    free(runes->text);
}

static struct runes runes_of(const char *text)
{
    size_t most = strlen(text);
    struct runes out = {.at = xcalloc(most + 1, sizeof *out.at), .text = xcalloc(most + 1, sizeof *out.text)};
    for (size_t size; *text; text += size) {
        out.text[out.count] = text;
        out.at[out.count++] = go_rune(text, &size);
    }
    out.text[out.count] = text;
    return out;
}

static bool compile(const char *pattern, struct runes *out)
{
    *out = runes_of(pattern);
    size_t count = 0;
    for (size_t i = 0; i < out->count; i++) {
        uint32_t rune = out->at[i];
        if (rune == '\\') {
            rune = ++i < out->count ? out->at[i] : 0;
            if (!rune || rune > 0x7F || !strchr("*?\\}/", (int)rune))
                return false;
        } else if (rune == '*') {
            rune = STAR;
        } else if (rune == '?') {
            rune = ANY;
        }
        out->at[count++] = rune;
    }
    out->count = count;
    return true;
}

static void turn(struct runes *runes)
{
    for (size_t i = 0, j = runes->count; i + 1 < j; i++) {
        uint32_t rune = runes->at[i];
        runes->at[i] = runes->at[--j];
        runes->at[j] = rune;
    }
}

static bool fits(const uint32_t *piece, size_t len, const uint32_t *at)
{
    for (size_t i = 0; i < len; i++)
        if (piece[i] != ANY && piece[i] != at[i])
            return false;
    return true;
}

/* Where a piece stands at or behind `from`: only there, at the first place, or at the last. False when it does not. */
enum place { PLACE_HERE, PLACE_FIRST, PLACE_LAST };
static bool place(const struct runes *value, const uint32_t *piece, size_t len, enum place which, size_t from, size_t *where)
{
    if (len > value->count || from > value->count - len)
        return false;
    size_t end = value->count - len, tries = which == PLACE_HERE ? 1 : end - from + 1;
    for (size_t i = 0; i < tries; i++) {
        *where = which == PLACE_LAST ? end - i : from + i;
        if (fits(piece, len, value->at + *where))
            return true;
    }
    return false;
}

static bool find(const struct runes *value, const struct runes *pattern, size_t from, bool anchored, bool longest, size_t *start,
                 size_t *end)
{
    size_t at = from;
    for (size_t i = 0, stop; i <= pattern->count; i = stop + 1) {
        for (stop = i; stop < pattern->count && pattern->at[stop] != STAR;)
            stop++;
        enum place which = i == 0 && anchored ? PLACE_HERE : i && longest && stop == pattern->count ? PLACE_LAST : PLACE_FIRST;
        if (!place(value, pattern->at + i, stop - i, which, at, &at))
            return false;
        if (i == 0)
            *start = at;
        at += stop - i;
    }
    *end = at;
    return true;
}

char *glob_cut(const char *value, const char *pattern, enum glob_cut how)
{
    bool back = how == GLOB_BACK_SHORTEST || how == GLOB_BACK_LONGEST;
    bool longest = how == GLOB_FRONT_LONGEST || how == GLOB_BACK_LONGEST;
    struct runes runes = runes_of(value), compiled;
    bool good = compile(pattern, &compiled);
    if (back) {
        turn(&runes);
        turn(&compiled);
    }
    size_t start, end = 0;
    char *out = NULL;
    if (good && !find(&runes, &compiled, 0, true, longest, &start, &end))
        end = 0;
    if (good)
        out = back ? xstrndup(value, (size_t)(runes.text[runes.count - end] - value)) : xstrdup(runes.text[end]);
    runes_clear(&runes);
    runes_clear(&compiled);
    return out;
}

char *glob_replace(const char *value, const char *pattern, const char *with, bool all)
{
    struct runes runes = runes_of(value), compiled;
    struct buf out = BUF_INIT;
    bool good = compile(pattern, &compiled);
    size_t done = 0, from = 0, start, end;
    while (good && from <= runes.count && find(&runes, &compiled, from, false, true, &start, &end)) {
        if (end > done || start == 0) { /* no empty match at the end of the one before */
            buf_add(&out, runes.text[done], (size_t)(runes.text[start] - runes.text[done]));
            buf_puts(&out, with);
            done = end;
        }
        from = end > start ? end : end + 1;
        if (!all)
            break;
    }
    buf_puts(&out, runes.text[done]);
    runes_clear(&runes);
    runes_clear(&compiled);
    if (!good)
        buf_free(&out);
    return good ? buf_take(&out) : NULL;
}
