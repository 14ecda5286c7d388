/* One pass over the header: a word is a parameter when '=' follows, and otherwise the scheme of the next challenge. */
#include "image/registry/challenge.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_token(char c) { return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c)); }

static const char *skip(const char *p) { return p + strspn(p, " \t,"); }

static char *word(const char **p)
{
    const char *start = *p;
    while (is_token(**p))
        (*p)++;
    return xstrndup(start, (size_t)(*p - start));
}

/* A quoted string with its escapes, or a token; anything up to a comma is taken for one, since some registries forget the quotes.
 */
static char *value(const char **p)
{
    struct buf out = BUF_INIT;
    if (**p != '"') {
        size_t len = strcspn(*p, ", \t");
        buf_add(&out, *p, len);
        *p += len;
        return buf_take(&out);
    }
    for ((*p)++; **p && **p != '"'; (*p)++) {
        if (**p == '\\' && (*p)[1])
            (*p)++;
        buf_putc(&out, **p);
    }
    if (**p)
        (*p)++;
    return buf_take(&out);
}

static void keep(struct challenge *challenge, const char *name, char *text)
{
    const struct {
        const char *name;
        char **place;
    } known[] = {
        {"realm", &challenge->realm}, {"service", &challenge->service}, {"scope", &challenge->scope}, {"error", &challenge->error}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcasecmp(known[i].name, name) == 0 && !*known[i].place) {
            *known[i].place = text;
            return;
        }
    free(text);
}

static void better(struct challenge *best, struct challenge *next)
{
    if (next->kind == CHALLENGE_BEARER && str_empty(next->realm))
        next->kind = CHALLENGE_NONE; /* nobody knows whom to ask */
    if (next->kind > best->kind) {
        challenge_clear(best);
        *best = *next;
    } else {
        challenge_clear(next);
    }
    *next = (struct challenge){0};
}

void challenge_parse(const char *text, struct challenge *out)
{
    struct challenge next = {0};
    *out = (struct challenge){0};
    for (const char *p = skip(text); *p; p = skip(p)) {
        cleanup_free char *name = word(&p);
        const char *after = p + strspn(p, " \t");
        if (!*name) {
            p++; /* no character of a header that makes sense */
        } else if (*after == '=') {
            p = after + 1;
            p += strspn(p, " \t");
            keep(&next, name, value(&p));
        } else {
            better(out, &next);
            next.kind = strcasecmp(name, "bearer") == 0  ? CHALLENGE_BEARER
                        : strcasecmp(name, "basic") == 0 ? CHALLENGE_BASIC
                                                         : CHALLENGE_NONE;
        }
    }
    better(out, &next);
}

void challenge_clear(struct challenge *challenge)
{
    free(challenge->realm);
    free(challenge->service);
    free(challenge->scope);
    free(challenge->error);
    *challenge = (struct challenge){0};
}
