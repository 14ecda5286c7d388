/* Short answers and numbers, as people type them. */
#include "quizzes/bank/meaning.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Lower case, single spaces, none at the ends, without the backquotes around the whole. */
static char *plain(const char *text)
{
    cleanup_free char *copy = str_lower(text);
    char *from = str_trim(copy);
    size_t len = strlen(from);
    if (len > 2 && from[0] == '`' && from[len - 1] == '`') {
        from[len - 1] = 0;
        from++;
    }
    struct buf out = BUF_INIT;
    for (bool space = false; *from; from++) {
        bool blank = isspace((unsigned char)*from);
        if (!blank || !space)
            buf_putc(&out, blank ? ' ' : *from);
        space = blank;
    }
    return buf_take(&out);
}

/* Linear but for one step back to the last star: no pattern takes long. */
static bool glob(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
            continue;
        }
        const char *literal = pattern[0] == '\\' && pattern[1] == '*' ? pattern + 1 : pattern;
        if (*text && *literal == *text) {
            pattern = literal + 1;
            text++;
            continue;
        }
        if (!*text && !*pattern)
            return true;
        if (!star || !*resume)
            return false;
        pattern = star;
        text = ++resume;
    }
}

bool pattern_matches(const char *pattern, const char *answer)
{
    cleanup_free char *wanted = plain(pattern), *given = plain(answer);
    return *given && glob(wanted, given);
}

static const struct {
    const char *name;
    char kind; /* only units of one kind can be converted */
    double factor;
} units[] = {
    {"b", 'B', 1},          {"byte", 'B', 1},     {"bytes", 'B', 1},     {"k", 'B', 1024},         {"m", 'B', 1048576},
    {"g", 'B', 1073741824}, {"kib", 'B', 1024},   {"mib", 'B', 1048576}, {"gib", 'B', 1073741824}, {"tib", 'B', 1099511627776},
    {"kb", 'B', 1000},      {"mb", 'B', 1e6},     {"gb", 'B', 1e9},      {"tb", 'B', 1e12},        {"ns", 'T', 1e-9},
    {"us", 'T', 1e-6},      {"ms", 'T', 1e-3},    {"s", 'T', 1},         {"sec", 'T', 1},          {"second", 'T', 1},
    {"seconds", 'T', 1},    {"min", 'T', 60},     {"minute", 'T', 60},   {"minutes", 'T', 60},     {"h", 'T', 3600},
    {"hour", 'T', 3600},    {"hours", 'T', 3600}, {"d", 'T', 86400},     {"day", 'T', 86400},      {"days", 'T', 86400},
    {"%", 'P', 1},          {"percent", 'P', 1},
};

static bool unit_factor(const char *name, char *kind, double *factor)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strcasecmp(units[i].name, name) == 0) {
            *kind = units[i].kind;
            *factor = units[i].factor;
            return true;
        }
    return false;
}

/* A comma is the point of a fraction, unless exactly three digits follow each: then it groups them. */
static void without_commas(char *text)
{
    char *comma = strchr(text, ',');
    if (!comma)
        return;
    bool groups = true;
    for (char *at = comma; at; at = strchr(at + 1, ','))
        groups = groups && strspn(at + 1, "0123456789") == 3;
    if (!groups && !strchr(comma + 1, ',') && !strchr(text, '.')) {
        *comma = '.';
        return;
    }
    char *out = text;
    for (const char *from = text; *from; from++)
        if (*from != ',' || !groups)
            *out++ = *from;
    *out = 0;
}

bool number_matches(double value, double tolerance, const char *unit, const char *answer)
{
    cleanup_free char *copy = xstrdup(answer);
    char *text = str_trim(copy), *end, kind = 0, other = 0;
    double factor = 1, wanted = 1;
    without_commas(text);
    if (!*text || strspn(text, "+-.0123456789") == 0 || str_starts(text, "0x"))
        return false;
    double given = strtod(text, &end);
    end += strspn(end, " ");
    if (end == text || !isfinite(given) || (*end && !unit))
        return false;
    if (*end && strcasecmp(end, unit) != 0) {
        if (!unit_factor(end, &kind, &factor) || !unit_factor(unit, &other, &wanted) || kind != other)
            return false;
    }
    given = given * factor / wanted;
    /* What is exact on paper is not in binary: 0.1 + 0.2 is 0.3. */
    return fabs(given - value) <= tolerance + 1e-9 * fmax(1, fabs(value));
}
