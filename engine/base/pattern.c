/* The size of an expression is reckoned before it is compiled: an atom counts one, what is repeated counts as often as it may be.
 */
#include "base/pattern.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, LARGEST = 1000 };

/* Behind a bracket expression, whose "]" may be its first character. */
static const char *behind_brackets(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    at += *at == ']';
    while (*at && *at != ']') {
        const char *close = *at == '[' && at[1] && strchr(".:=", at[1]) ? strchr(at + 2, at[1]) : NULL;
        at = close ? close + 1 : at + 1;
    }
    return *at ? at + 1 : at;
}

/* How often the thing before `*at` may be repeated, as far as that copies it: "{n}", "{n,}", "{n,m}". */
static long repeats(const char **at)
{
    long most = 1;
    while (**at == '{' && isdigit((unsigned char)(*at)[1])) {
        char *end;
        long number = strtol(*at + 1, &end, 10);
        if (*end == ',' && isdigit((unsigned char)end[1]))
            number = strtol(end + 1, &end, 10);
        number = number < 1 ? 1 : number;
        most = number > LARGEST || most * number > LARGEST ? LARGEST + 1 : most * number;
        *at = end + strcspn(end, "}");
        *at += **at == '}';
    }
    return most;
}

static bool modest(const char *at)
{
    long size[DEEPEST + 1] = {0};
    size_t depth = 0;
    while (*at) {
        long part = 1;
        if (*at == '(') {
            if (depth == DEEPEST)
                return false;
            size[++depth] = 1;
            at++;
            continue;
        }
        if (*at == ')' && depth)
            part = size[depth--], at++;
        else if (*at == '[')
            at = behind_brackets(at);
        else
            at += *at == '\\' && at[1] ? 2 : 1;
        size[depth] += part * repeats(&at);
        if (size[depth] > LARGEST)
            return false;
    }
    return true;
}

bool pattern_compile(regex_t *regex, const char *text)
{
    return modest(text) && regcomp(regex, text, REG_EXTENDED | REG_NOSUB) == 0;
}
