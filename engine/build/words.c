/* Several ways to take a line apart have grown in Docker over the years, and each instruction has kept its own. */
#include "build/words.h"

#include "base/go_text.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_STRINGS "when using JSON array syntax, arrays must be comprised of strings only"

/* One flag up to a blank; NULL at the end of the flags, which "--" alone marks. */
static char *take_flag(const char **at)
{
    const char *p = go_skip_space(*at);
    struct buf word = BUF_INIT;
    char quote = 0;
    if (strncmp(p, "--", 2))
        return NULL;
    for (; *p && (quote || !go_space(p)); p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? 0 : *p;
        else if (*p != '\\')
            buf_putc(&word, *p);
        else if (p[1])
            buf_putc(&word, *++p);
    }
    *at = p;
    if (!str_equal(word.data, "--"))
        return buf_take(&word);
    buf_free(&word);
    return NULL;
}

const char *words_flags(const char *rest, char ***flags)
{
    char *flag;
    while ((flag = take_flag(&rest)))
        strv_take(flags, flag);
    return go_skip_space(rest);
}

char **words_plain(const char *rest)
{
    char **words = NULL;
    while (*(rest += strspn(rest, WORDS_BLANKS))) {
        size_t len = strcspn(rest, WORDS_BLANKS);
        strv_take(&words, xstrndup(rest, len));
        rest += len;
    }
    return words;
}

/* Behind the word that starts at `p`. An escape as the very last character does not count: *cut is then set. */
static const char *quoted_end(const char *p, char escape, bool *cut)
{
    char quote = 0;
    for (size_t size; *p && (quote || !go_space(p)); p += size) {
        if (*p == escape && quote != '\'') {
            *cut = !p[1];
            p++;
            if (*cut)
                break;
        } else if (!quote && (*p == '"' || *p == '\''))
            quote = *p;
        else if (quote && *p == quote)
            quote = 0;
        go_rune(p, &size);
    }
    return p;
}

char **words_quoted(const char *rest, char escape)
{
    char **words = NULL;
    while (*(rest = go_skip_space(rest))) {
        bool cut = false;
        const char *end = quoted_end(rest, escape, &cut);
        size_t len = (size_t)(end - rest) - cut;
        if (len)
            strv_take(&words, xstrndup(rest, len));
        rest = end;
    }
    return words;
}

static int check_strings(const json_t *array, struct error *err)
{
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        if (!json_is_string(value))
            return error_set(err, EINVAL, NO_STRINGS);
        if (strlen(json_string_value(value)) != json_string_length(value))
            return error_set(err, EINVAL, "no argument of a program can hold the character \\u0000");
    }
    return 0;
}

int words_json(const char *rest, char ***words, struct error *err)
{
    rest = go_skip_space(rest);
    if (*rest != '[')
        return 0;
    size_t len = strlen(rest);
    if (json_deeper(rest, len, JSON_DEPTH_MOST))
        return error_set(err, EINVAL, NO_STRINGS);
    cleanup_json json_t *array = json_loadb(rest, len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
    if (!array)
        return 0;
    int r = check_strings(array, err);
    if (r < 0)
        return r;
    *words = json_to_strv(array);
    return 1;
}

void words_add_pair(struct instruction *out, const char *key, const char *value)
{
    out->pairs = xrealloc(out->pairs, (out->pair_count + 1) * sizeof *out->pairs);
    out->pairs[out->pair_count++] = (struct instruction_pair){xstrdup(key), value ? xstrdup(value) : NULL};
}

static int old_form(const char *rest, const char *name, struct instruction *out, struct error *err)
{
    size_t len = strcspn(rest, WORDS_BLANKS);
    if (!rest[len])
        return error_set(err, EINVAL, "%s must have two arguments", name);
    cleanup_free char *key = xstrndup(rest, len);
    words_add_pair(out, key, rest + len + strspn(rest + len, WORDS_BLANKS));
    return 0;
}

int words_pairs(const char *rest, char escape, const char *name, struct instruction *out, struct error *err)
{
    cleanup_strv char **words = words_quoted(rest, escape);
    if (words && !strchr(words[0], '='))
        return old_form(rest, name, out, err);
    for (char **word = words; word && *word; word++) {
        char *equals = strchr(*word, '=');
        if (!equals) {
            cleanup_free char *quoted = go_quote(*word);
            return error_set(err, EINVAL, "Syntax error - can't find = in %s. Must be of the form: name=value", quoted);
        }
        *equals = 0;
        words_add_pair(out, *word, equals + 1);
    }
    return 0;
}
