/* What the builder does with an instruction: looking at flags, putting variables in place, copying. */
#include "base/memory.h"
#include "base/strings.h"
#include "build/expand.h"
#include "build/parse.h"

#include <stdlib.h>
#include <string.h>

static void health_free(struct health_check *health)
{
    if (health)
        strv_free(health->test);
    free(health);
}

void instruction_clear(struct instruction *in)
{
    for (size_t i = 0; i < in->flag_count; i++) {
        free(in->flags[i].name);
        free(in->flags[i].value);
    }
    for (size_t i = 0; i < in->pair_count; i++) {
        free(in->pairs[i].key);
        free(in->pairs[i].value);
    }
    for (size_t i = 0; i < in->heredoc_count; i++)
        heredoc_clear(&in->heredocs[i]);
    free(in->flags);
    free(in->pairs);
    free(in->heredocs);
    health_free(in->health);
    strv_free(in->args);
    free(in->original);
    *in = (struct instruction){0};
}

static char *copy(const char *text) { return text ? xstrdup(text) : NULL; }

void instruction_copy(const struct instruction *from, struct instruction *out)
{
    *out = *from;
    out->original = copy(from->original);
    out->args = strv_copy(from->args);
    out->flags = xcalloc(from->flag_count + 1, sizeof *out->flags);
    for (size_t i = 0; i < from->flag_count; i++)
        out->flags[i] = (struct instruction_flag){copy(from->flags[i].name), copy(from->flags[i].value)};
    out->pairs = xcalloc(from->pair_count + 1, sizeof *out->pairs);
    for (size_t i = 0; i < from->pair_count; i++)
        out->pairs[i] = (struct instruction_pair){copy(from->pairs[i].key), copy(from->pairs[i].value)};
    out->heredocs = xcalloc(from->heredoc_count + 1, sizeof *out->heredocs);
    for (size_t i = 0; i < from->heredoc_count; i++) {
        out->heredocs[i] = from->heredocs[i];
        out->heredocs[i].name = copy(from->heredocs[i].name);
        out->heredocs[i].content = copy(from->heredocs[i].content);
    }
    if (from->health) {
        out->health = xcalloc(1, sizeof *out->health);
        *out->health = *from->health;
        out->health->test = strv_copy(from->health->test);
    }
}

const char *instruction_flag_next(const struct instruction *in, const char *name, size_t *at)
{
    while (*at < in->flag_count) {
        const struct instruction_flag *flag = &in->flags[(*at)++];
        if (str_equal(flag->name, name))
            return flag->value;
    }
    return NULL;
}

const char *instruction_flag(const struct instruction *in, const char *name)
{
    size_t at = 0;
    return instruction_flag_next(in, name, &at);
}

/* --- variables */

static int in_place(const struct expander *how, char **text, struct error *err)
{
    char *value = NULL;
    int r = *text ? expand_word(how, *text, &value, err) : 0;
    if (r < 0 || !value)
        return r;
    free(*text);
    *text = value;
    return 0;
}

static int expand_pairs(struct instruction *in, const struct expander *how, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < in->pair_count; i++) {
        r = in_place(how, &in->pairs[i].key, err);
        if (r == 0)
            r = in_place(how, &in->pairs[i].value, err);
    }
    return r;
}

static int expand_args(struct instruction *in, const struct expander *how, struct error *err)
{
    int r = 0;
    for (char **word = in->args; r == 0 && word && *word; word++)
        if (!instruction_heredoc(in, *word))
            r = in_place(how, word, err);
    return r;
}

/* A port may be several. */
static int expand_dividing(struct instruction *in, const struct expander *how, struct error *err)
{
    char **all = NULL;
    int r = 0;
    for (char **word = in->args; r == 0 && word && *word; word++) {
        cleanup_strv char **words = NULL;
        r = expand_words(how, *word, &words, err);
        for (char **one = words; one && *one; one++)
            strv_add(&all, *one);
    }
    if (r < 0) {
        strv_free(all);
        return r;
    }
    strv_free(in->args);
    in->args = all;
    return 0;
}

static int expand_flags(struct instruction *in, const struct expander *how, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < in->flag_count; i++)
        r = in_place(how, &in->flags[i].value, err);
    return r;
}

/* Quotes mean nothing in a heredoc, and its escape is always the backslash. */
static int expand_heredocs(struct instruction *in, char *const *env, struct error *err)
{
    const struct expander inside = {.escape = '\\', .env = env, .plain_quotes = true};
    int r = 0;
    for (size_t i = 0; r == 0 && i < in->heredoc_count; i++)
        if (in->heredocs[i].expand)
            r = in_place(&inside, &in->heredocs[i].content, err);
    return r;
}

int instruction_expand(struct instruction *in, char escape, char *const *env, struct error *err)
{
    const struct expander how = {.escape = escape, .env = env};
    int r = 0;
    if (in->literal)
        return 0;
    switch (in->kind) {
    case INSTRUCTION_ENV:
    case INSTRUCTION_LABEL:
    case INSTRUCTION_ARG:
        return expand_pairs(in, &how, err);
    case INSTRUCTION_EXPOSE:
        return expand_dividing(in, &how, err);
    case INSTRUCTION_ADD:
    case INSTRUCTION_COPY:
        r = expand_args(in, &how, err);
        r = r ? r : expand_flags(in, &how, err);
        return r ? r : expand_heredocs(in, env, err);
    case INSTRUCTION_FROM:
        r = expand_flags(in, &how, err);
        return r ? r : in_place(&how, &in->args[0], err);
    case INSTRUCTION_STOPSIGNAL:
    case INSTRUCTION_USER:
    case INSTRUCTION_VOLUME:
    case INSTRUCTION_WORKDIR:
        return expand_args(in, &how, err);
    default:
        return 0;
    }
}
