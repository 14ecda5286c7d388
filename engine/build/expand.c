/* One pass from left to right. What is read goes into an `out`: the text, and, at the outermost level, the words that it falls
 * into. Words inside ${} are read by the same function with their own `out`. Depth and size are bounded, as a few lines of a
 * Dockerfile can double a value thirty times.
 */
#include "build/expand.h"

#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"
#include "build/glob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64, LARGEST = 1 << 20, SHOWN = 400 };

struct lexer {
    const struct expander *how;
    const char *at;
    int depth;
    size_t most;
    struct error *err;
};

struct out {
    struct buf text, word;
    char **words;
    bool splits;
};

static void out_clear(struct out *out)
{
    buf_free(&out->text);
    buf_free(&out->word);
    strv_free(out->words);
}
#define cleanup_out __attribute__((cleanup(out_clear)))

static void word_ends(struct out *out)
{
    if (out->word.len)
        strv_take(&out->words, buf_take(&out->word));
}

/* Blanks in it divide no words. */
static void put(struct out *out, const char *text, size_t len)
{
    buf_add(&out->text, text, len);
    if (out->splits)
        buf_add(&out->word, text, len);
}

static void put_dividing(struct out *out, const char *text, size_t len)
{
    buf_add(&out->text, text, len);
    for (size_t i = 0, size; out->splits && i < len; i += size) {
        if ((size = go_space(text + i)))
            word_ends(out);
        else
            go_rune(text + i, &size), buf_add(&out->word, text + i, size);
    }
}

static int fail(struct lexer *lexer, const char *why) { return error_set(lexer->err, EINVAL, "%s", why); }

static const char *value_of(const struct lexer *lexer, const char *name)
{
    size_t len = strlen(name);
    for (char *const *entry = lexer->how->env; entry && *entry; entry++)
        if (!strncmp(*entry, name, len) && (!(*entry)[len] || (*entry)[len] == '='))
            return *entry + len + ((*entry)[len] == '=');
    return NULL;
}

/* Letters, digits and `_`; or digits alone; or one of the characters that are names of their own in a shell. May be empty. */
static char *take_name(struct lexer *lexer)
{
    const char *start = lexer->at;
    if (*start && strchr("@*#?-$!", *start))
        lexer->at++;
    else if (*start >= '0' && *start <= '9')
        lexer->at += strspn(start, "0123456789");
    else
        for (size_t size; *lexer->at == '_' || go_is_word(go_rune(lexer->at, &size));)
            lexer->at += *lexer->at == '_' ? 1 : size;
    return xstrndup(start, (size_t)(lexer->at - start));
}

static int read_until(struct lexer *lexer, char stop, bool raw, struct out *out);

/* The word inside of ${}, up to `stop`. */
static int take_word(struct lexer *lexer, char stop, bool raw, char **word)
{
    cleanup_out struct out inner = {0};
    int r = read_until(lexer, stop, raw, &inner);
    if (r == -EINVAL && !*lexer->at)
        return fail(lexer, stop == '/' ? "syntax error: missing '/' in ${}" : "syntax error: missing '}'");
    if (r < 0)
        return r;
    *word = buf_take(&inner.text);
    return 0;
}

/* ${x-w}, ${x+w}, ${x?w}; with the colon an empty value counts as unset. */
static int choose(struct lexer *lexer, const char *name, bool colon, char how, const char *word, char **out)
{
    const char *value = value_of(lexer, name);
    bool set = value && !(colon && !*value);
    if (!value && lexer->how->keep_unset)
        *out = str_format("${%s%s%c%s}", name, colon ? ":" : "", how, word);
    else if (how == '-')
        *out = xstrdup(set ? value : word);
    else if (how == '+')
        *out = xstrdup(set ? word : "");
    else if (set)
        *out = xstrdup(value);
    else
        return error_set(lexer->err, EINVAL, "%s: %s", name,
                         *word   ? word
                         : value ? "is not allowed to be empty"
                                 : "is not allowed to be unset");
    return 0;
}

static int cut(struct lexer *lexer, const char *name, char how, const char *word, char **out)
{
    const char *value = value_of(lexer, name);
    bool longest = *word == how;
    if (!value && lexer->how->keep_unset) {
        *out = str_format("${%s%c%s}", name, how, word);
        return 0;
    }
    enum glob_cut cut = how == '#' ? GLOB_FRONT_SHORTEST : GLOB_BACK_SHORTEST;
    *out = glob_cut(str_or(value, ""), word + longest, cut + longest);
    return *out ? 0 : error_set(lexer->err, EINVAL, "invalid pattern (%s) in substitution: invalid escape", word + longest);
}

static int replace(struct lexer *lexer, const char *name, char **out)
{
    cleanup_free char *pattern = NULL, *with = NULL;
    bool all = *lexer->at == '/';
    lexer->at += all;
    int r = take_word(lexer, '/', true, &pattern);
    if (r == 0)
        r = take_word(lexer, '}', true, &with);
    if (r < 0)
        return r;
    const char *value = value_of(lexer, name);
    if (!value && lexer->how->keep_unset)
        *out = str_format("${%s/%s%s/%s}", name, all ? "/" : "", pattern, with);
    else
        *out = glob_replace(str_or(value, ""), pattern, with, all);
    return *out ? 0 : error_set(lexer->err, EINVAL, "invalid pattern (%s) in substitution: invalid escape", pattern);
}

/* What follows the name in ${}. */
static int modified(struct lexer *lexer, const char *name, char **out)
{
    bool colon = *lexer->at == ':';
    lexer->at += colon;
    char how = *lexer->at;
    if (how == '/' && !colon) {
        lexer->at++;
        return replace(lexer, name, out);
    }
    if (!how || !strchr(colon ? "-+?" : "-+?#%", how)) {
        size_t size;
        go_rune(lexer->at, &size);
        return colon && how ? error_set(lexer->err, EINVAL, "unsupported modifier (%.*s) in substitution", (int)size, lexer->at)
                            : fail(lexer, colon ? "syntax error: missing '}'" : "missing ':' in substitution");
    }
    lexer->at++;
    cleanup_free char *word = NULL;
    int r = take_word(lexer, '}', how == '#' || how == '%', &word);
    if (r < 0)
        return r;
    return how == '#' || how == '%' ? cut(lexer, name, how, word, out) : choose(lexer, name, colon, how, word, out);
}

/* Behind a `$`: what it stands for. */
static int take_variable(struct lexer *lexer, char **out)
{
    bool braces = *++lexer->at == '{';
    lexer->at += braces;
    if (braces && !*lexer->at)
        return fail(lexer, "syntax error: missing '}'");
    if (braces && strchr("{}:", *lexer->at))
        return fail(lexer, "syntax error: bad substitution");
    cleanup_free char *name = take_name(lexer);
    if (braces && *lexer->at != '}')
        return modified(lexer, name, out);
    lexer->at += braces;
    const char *value = value_of(lexer, name);
    if (!value && (lexer->how->keep_unset || (!braces && !*name)))
        *out = str_format(braces ? "${%s}" : "$%s", name);
    else
        *out = xstrdup(str_or(value, ""));
    return 0;
}

static int put_variable(struct lexer *lexer, bool quoted, struct out *out)
{
    cleanup_free char *value = NULL;
    int r = take_variable(lexer, &value);
    if (r == 0)
        (quoted ? put : put_dividing)(out, value, strlen(value));
    return r;
}

static int single_quotes(struct lexer *lexer, struct out *out)
{
    const char *start = lexer->at + 1, *end = strchr(start, '\'');
    if (!end)
        return fail(lexer, "unexpected end of statement while looking for matching single-quote");
    bool raw = lexer->how->raw_quotes;
    put(out, start - raw, (size_t)(end - start) + 2 * raw);
    lexer->at = end + 1;
    return 0;
}

static int double_quotes(struct lexer *lexer, bool raw, struct out *out)
{
    put(out, "\"", lexer->how->raw_quotes);
    lexer->at++;
    while (*lexer->at != '"') {
        char c = *lexer->at, escape = lexer->how->escape;
        if (!c)
            return fail(lexer, "unexpected end of statement while looking for matching double-quote");
        if (c == '$') {
            int r = put_variable(lexer, true, out);
            if (r < 0)
                return r;
            continue;
        }
        if (c == escape) {
            char next = lexer->at[1];
            bool special = !next || next == '"' || next == '$' || next == escape;
            put(out, lexer->at, raw && special);
            lexer->at += special;
        }
        put(out, lexer->at, *lexer->at != 0);
        lexer->at += *lexer->at != 0;
    }
    put(out, "\"", lexer->how->raw_quotes);
    lexer->at++;
    return 0;
}

/* One character that is nothing special, or one behind an escape. */
static void plain(struct lexer *lexer, bool raw, struct out *out)
{
    size_t size;
    bool escaped = *lexer->at == lexer->how->escape;
    if (escaped) {
        put(out, lexer->at, raw);
        lexer->at++;
    }
    go_rune(lexer->at, &size);
    (escaped ? put : put_dividing)(out, lexer->at, size);
    lexer->at += size;
}

/* Blanks between << and the word of a heredoc divide nothing. */
static void heredoc_sign(struct lexer *lexer, struct out *out)
{
    size_t len = lexer->at[1] == '<' ? 2 + strspn(lexer->at + 2, " \t") : 1;
    put(out, lexer->at, len);
    lexer->at += len;
}

static int read_until(struct lexer *lexer, char stop, bool raw, struct out *out)
{
    if (lexer->depth == DEEPEST)
        return error_set(lexer->err, EINVAL, "more than %d substitutions inside each other", DEEPEST);
    lexer->depth++;
    int r = 0;
    while (r == 0 && *lexer->at && *lexer->at != stop) {
        bool quotes = !lexer->how->plain_quotes;
        if (*lexer->at == '$')
            r = put_variable(lexer, false, out);
        else if (*lexer->at == '\'' && quotes)
            r = single_quotes(lexer, out);
        else if (*lexer->at == '"' && quotes)
            r = double_quotes(lexer, raw, out);
        else if (*lexer->at == '<')
            heredoc_sign(lexer, out);
        else
            plain(lexer, raw, out);
        if (out->text.len > lexer->most)
            r = error_set(lexer->err, E2BIG, "the result is larger than %zu bytes", lexer->most);
    }
    lexer->depth--;
    if (r < 0)
        return r;
    if (stop && !*lexer->at)
        return error_set(lexer->err, EINVAL, "unexpected end of statement while looking for matching %c", stop);
    lexer->at += *lexer->at != 0;
    return 0;
}

static int expand(const struct expander *how, const char *text, struct out *out, struct error *err)
{
    struct lexer lexer = {.how = how, .at = text, .most = strlen(text) + LARGEST, .err = err};
    int r = read_until(&lexer, 0, how->raw_escapes, out);
    if (r == 0)
        return 0;
    bool all = strlen(text) <= SHOWN; /* the reason must not be cut off behind it */
    cleanup_free char *start = xstrndup(text, SHOWN), *quoted = go_quote(start);
    return error_prefix(err, "failed to process %s%s", quoted, all ? "" : "...");
}

int expand_word(const struct expander *expander, const char *text, char **result, struct error *err)
{
    cleanup_out struct out out = {0};
    int r = expand(expander, text, &out, err);
    if (r == 0)
        *result = buf_take(&out.text);
    return r;
}

int expand_words(const struct expander *expander, const char *text, char ***words, struct error *err)
{
    cleanup_out struct out out = {.splits = true};
    int r = expand(expander, text, &out, err);
    if (r < 0)
        return r;
    word_ends(&out);
    *words = move_ptr(out.words);
    return 0;
}
