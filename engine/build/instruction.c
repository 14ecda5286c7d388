/* The instructions of a Dockerfile, each a row: how its line is taken apart, how many arguments it wants, which flags it knows, and
 * what else makes sense of it.
 */
#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"
#include "build/parse.h"
#include "build/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum form {
    FORM_TEXT,       /* the rest of the line */
    FORM_JSON_TEXT,  /* a JSON array, or the rest of the line */
    FORM_WORDS,      /* between blanks */
    FORM_JSON_WORDS, /* a JSON array, or words between blanks */
    FORM_QUOTED,     /* words with quotes */
    FORM_PAIRS,      /* a=1 b=2, or a the rest */
    FORM_HEALTH,     /* a word, then FORM_JSON_TEXT */
    FORM_INNER,      /* another instruction */
};

enum want { WANT_ANY, WANT_SOME, WANT_ONE, WANT_TWO };

struct flag_row {
    const char *name;
    bool boolean, repeats;
};

struct row {
    const char *name;
    enum form form;
    enum want want;
    const struct flag_row *flags;
    int (*check)(struct draft *draft, struct error *err);
};

static int check_arg(struct draft *draft, struct error *err);
static int check_copy(struct draft *draft, struct error *err);
static int check_expose(struct draft *draft, struct error *err);
static int check_from(struct draft *draft, struct error *err);
static int check_health(struct draft *draft, struct error *err);
static int check_onbuild(struct draft *draft, struct error *err);
static int check_pairs(struct draft *draft, struct error *err);
static int check_shell(struct draft *draft, struct error *err);
static int check_volume(struct draft *draft, struct error *err);

#define FLAG(text, ...)                                                                                                            \
    {                                                                                                                              \
        .name = (text), ##__VA_ARGS__                                                                                              \
    }
static const struct flag_row no_flags[] = {FLAG(NULL)}, from_flags[] = {FLAG("platform"), FLAG(NULL)};
static const struct flag_row add_flags[] = {
    FLAG("checksum"), FLAG("chmod"), FLAG("chown"), FLAG("link", .boolean = true), FLAG(NULL),
};
static const struct flag_row copy_flags[] = {
    FLAG("chmod"), FLAG("chown"), FLAG("from"), FLAG("link", .boolean = true), FLAG(NULL),
};
static const struct flag_row run_flags[] = {
    FLAG("mount", .repeats = true),
    FLAG("network"),
    FLAG("security"),
    FLAG(NULL),
};
static const struct flag_row health_flags[] = {
    FLAG("interval"), FLAG("retries"), FLAG("start-interval"), FLAG("start-period"), FLAG("timeout"), FLAG(NULL),
};

static const struct row rows[INSTRUCTION_KINDS] = {
    [INSTRUCTION_ADD] = {"ADD", FORM_JSON_WORDS, WANT_TWO, add_flags, check_copy},
    [INSTRUCTION_ARG] = {"ARG", FORM_QUOTED, WANT_SOME, no_flags, check_arg},
    [INSTRUCTION_CMD] = {"CMD", FORM_JSON_TEXT, WANT_ANY, no_flags, NULL},
    [INSTRUCTION_COPY] = {"COPY", FORM_JSON_WORDS, WANT_TWO, copy_flags, check_copy},
    [INSTRUCTION_ENTRYPOINT] = {"ENTRYPOINT", FORM_JSON_TEXT, WANT_ANY, no_flags, NULL},
    [INSTRUCTION_ENV] = {"ENV", FORM_PAIRS, WANT_SOME, no_flags, check_pairs},
    [INSTRUCTION_EXPOSE] = {"EXPOSE", FORM_WORDS, WANT_SOME, no_flags, check_expose},
    [INSTRUCTION_FROM] = {"FROM", FORM_WORDS, WANT_ANY, from_flags, check_from},
    [INSTRUCTION_HEALTHCHECK] = {"HEALTHCHECK", FORM_HEALTH, WANT_SOME, health_flags, check_health},
    [INSTRUCTION_LABEL] = {"LABEL", FORM_PAIRS, WANT_SOME, no_flags, check_pairs},
    [INSTRUCTION_MAINTAINER] = {"MAINTAINER", FORM_TEXT, WANT_ONE, no_flags, NULL},
    [INSTRUCTION_ONBUILD] = {"ONBUILD", FORM_INNER, WANT_SOME, no_flags, check_onbuild},
    [INSTRUCTION_RUN] = {"RUN", FORM_JSON_TEXT, WANT_ANY, run_flags, NULL},
    [INSTRUCTION_SHELL] = {"SHELL", FORM_JSON_TEXT, WANT_SOME, no_flags, check_shell},
    [INSTRUCTION_STOPSIGNAL] = {"STOPSIGNAL", FORM_TEXT, WANT_ONE, no_flags, NULL},
    [INSTRUCTION_USER] = {"USER", FORM_TEXT, WANT_ONE, no_flags, NULL},
    [INSTRUCTION_VOLUME] = {"VOLUME", FORM_JSON_WORDS, WANT_SOME, no_flags, check_volume},
    [INSTRUCTION_WORKDIR] = {"WORKDIR", FORM_TEXT, WANT_ONE, no_flags, NULL},
};

const char *instruction_name(enum instruction_kind kind) { return rows[kind].name; }

/* --- taking apart */

static void one_text(struct instruction *in, const char *rest)
{
    if (*rest)
        strv_add(&in->args, rest);
}

static int json_or(struct instruction *in, const char *rest, struct error *err)
{
    int r = words_json(rest, &in->args, err);
    in->json = r > 0;
    return r;
}

static int take_health(struct instruction *in, const char *rest, struct error *err)
{
    cleanup_strv char **words = NULL;
    size_t len = 0;
    for (size_t size; rest[len] && !go_space(rest + len); len += size)
        go_rune(rest + len, &size);
    const char *command = go_skip_space(rest + len);
    if (!len)
        return 0;
    int r = words_json(command, &words, err);
    if (r < 0)
        return r;
    in->json = r > 0;
    strv_take(&in->args, xstrndup(rest, len));
    for (char **word = words; word && *word; word++)
        strv_add(&in->args, *word);
    if (!in->json)
        one_text(in, command);
    return 0;
}

static int read_draft(const char *line, char escape, bool outer, struct draft *out, struct error *err);

static int take_inner(struct draft *draft, const char *rest, char escape, struct error *err)
{
    if (!*rest)
        return 0;
    struct instruction *in = &draft->in;
    draft->inner = xcalloc(1, sizeof *draft->inner);
    strv_add(&in->args, go_skip_space(in->original + strlen("ONBUILD")));
    /* One in another is an error, however many more follow. */
    return read_draft(rest, escape, false, draft->inner, err);
}

static int take_apart(struct draft *draft, const char *rest, char escape, struct error *err)
{
    struct instruction *in = &draft->in;
    int r = 0;
    switch (rows[in->kind].form) {
    case FORM_JSON_TEXT:
        r = json_or(in, rest, err);
        if (r)
            return r < 0 ? r : 0;
        /* fall through */
    case FORM_TEXT:
        one_text(in, rest);
        return 0;
    case FORM_JSON_WORDS:
        r = json_or(in, rest, err);
        if (r)
            return r < 0 ? r : 0;
        /* fall through */
    case FORM_WORDS:
        in->args = words_plain(rest);
        return 0;
    case FORM_QUOTED:
        in->args = words_quoted(rest, escape);
        return 0;
    case FORM_PAIRS:
        return words_pairs(rest, escape, rows[in->kind].name, in, err);
    case FORM_HEALTH:
        return take_health(in, rest, err);
    case FORM_INNER:
        return take_inner(draft, rest, escape, err);
    }
    return 0;
}

static enum instruction_kind kind_of(const char *keyword)
{
    enum instruction_kind kind = 0;
    while (kind < INSTRUCTION_KINDS && strcmp(rows[kind].name, keyword) != 0)
        kind++;
    return kind;
}

static void take_flags(struct instruction *in, char *const *words)
{
    for (; words && *words; words++) {
        const char *name = *words + 2, *equals = strchr(name, '=');
        in->flags = xrealloc(in->flags, (in->flag_count + 1) * sizeof *in->flags);
        in->flags[in->flag_count++] = (struct instruction_flag){
            .name = xstrndup(name, equals ? (size_t)(equals - name) : strlen(name)), .value = equals ? xstrdup(equals + 1) : NULL};
    }
}

static int read_draft(const char *line, char escape, bool outer, struct draft *out, struct error *err)
{
    *out = (struct draft){.in.original = go_trim(line)};
    size_t len = strcspn(out->in.original, WORDS_BLANKS);
    out->keyword = xstrndup(out->in.original, len);
    for (char *p = out->keyword; *p; p++)
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
    out->in.kind = kind_of(out->keyword);
    cleanup_strv char **flags = NULL;
    const char *rest = words_flags(out->in.original + len, &flags);
    take_flags(&out->in, flags);
    bool deeper = out->in.kind == INSTRUCTION_ONBUILD && !outer;
    return out->in.kind == INSTRUCTION_KINDS || deeper ? 0 : take_apart(out, rest, escape, err);
}

int draft_read(const char *line, char escape, struct draft *out, struct error *err)
{
    return read_draft(line, escape, true, out, err);
}

void draft_clear(struct draft *draft)
{
    if (draft->inner)
        draft_clear(draft->inner);
    free(draft->inner);
    free(draft->keyword);
    instruction_clear(&draft->in);
    *draft = (struct draft){0};
}

/* --- checking */

static int blank_name(const char *name, struct error *err) { return error_set(err, EINVAL, "%s names can not be blank", name); }

static int check_pairs(struct draft *draft, struct error *err)
{
    for (size_t i = 0; i < draft->in.pair_count; i++)
        if (!*draft->in.pairs[i].key)
            return blank_name(draft->keyword, err);
    return 0;
}

static int check_arg(struct draft *draft, struct error *err)
{
    struct instruction *in = &draft->in;
    for (char **word = in->args; *word; word++) {
        char *equals = strchr(*word, '=');
        if (equals == *word)
            return blank_name(draft->keyword, err);
        if (equals)
            *equals = 0;
        words_add_pair(in, *word, equals ? equals + 1 : NULL);
    }
    strv_free(in->args);
    in->args = NULL;
    return 0;
}

static int check_copy(struct draft *draft, struct error *err)
{
    struct heredoc sign;
    if (draft->in.json || !heredoc_sign(draft->in.args[strv_len(draft->in.args) - 1], &sign))
        return 0;
    heredoc_clear(&sign);
    return error_set(err, EINVAL, "%s cannot accept a heredoc as a destination", draft->keyword);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int check_expose(struct draft *draft, struct error *err)
{
    (void)err;
    qsort(draft->in.args, strv_len(draft->in.args), sizeof *draft->in.args, by_text);
    return 0;
}

static bool is_stage_name(const char *name)
{
    return *name >= 'a' && *name <= 'z' && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")];
}

static int check_from(struct draft *draft, struct error *err)
{
    char **args = draft->in.args;
    size_t count = strv_len(args);
    if (count != 1 && !(count == 3 && !strcasecmp(args[1], "AS")))
        return error_set(err, EINVAL, "FROM requires either one or three arguments");
    if (count == 1)
        return 0;
    cleanup_free char *name = str_lower(args[2]), *quoted = go_quote(args[2]);
    return is_stage_name(name)
               ? 0
               : error_set(err, EINVAL, "invalid name for build stage: %s, name can't start with a number or contain symbols",
                           quoted);
}

static int check_health(struct draft *draft, struct error *err) { return health_check(&draft->in, err); }

static int check_onbuild(struct draft *draft, struct error *err)
{
    const char *trigger = draft->inner->keyword;
    if (str_equal(trigger, "ONBUILD"))
        return error_set(err, EINVAL, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if (str_equal(trigger, "MAINTAINER") || str_equal(trigger, "FROM"))
        return error_set(err, EINVAL, "%s isn't allowed as an ONBUILD trigger", trigger);
    struct instruction *in = &draft->in;
    struct buf text = BUF_INIT;
    buf_puts(&text, in->args[0]);
    for (size_t i = 0; i < in->heredoc_count; i++)
        buf_printf(&text, "\n%s%s", in->heredocs[i].content, in->heredocs[i].name);
    free(in->args[0]);
    in->args[0] = buf_take(&text);
    return 0;
}

static int check_shell(struct draft *draft, struct error *err)
{
    return draft->in.json ? 0 : error_set(err, EINVAL, "SHELL requires the arguments to be in JSON form");
}

static int check_volume(struct draft *draft, struct error *err)
{
    for (char **word = draft->in.args; *word; word++) {
        char *trimmed = go_trim(*word);
        free(*word);
        *word = trimmed;
        if (!*trimmed)
            return error_set(err, EINVAL, "VOLUME specified can not be an empty string");
    }
    return 0;
}

static int check_count(const struct draft *draft, enum want want, struct error *err)
{
    size_t count = strv_len(draft->in.args) + draft->in.pair_count;
    if (want == WANT_SOME && count < 1)
        return error_set(err, EINVAL, "%s requires at least one argument", draft->keyword);
    if (want == WANT_ONE && count != 1)
        return error_set(err, EINVAL, "%s requires exactly one argument", draft->keyword);
    if (want == WANT_TWO && count < 2)
        return error_set(err, EINVAL,
                         "%s requires at least two arguments, but only one was provided. Destination could not be determined",
                         draft->keyword);
    return 0;
}

static int check_boolean(struct instruction_flag *flag, struct error *err)
{
    cleanup_free char *lower = str_lower(str_or(flag->value, "true"));
    if (!str_equal(lower, "true") && !str_equal(lower, "false"))
        return error_set(err, EINVAL, "Expecting boolean value for flag %s, not: %s", flag->name, flag->value);
    free(flag->value);
    flag->value = move_ptr(lower);
    return 0;
}

static int check_flag(struct instruction *in, size_t i, const struct flag_row *row, struct error *err)
{
    struct instruction_flag *flag = &in->flags[i];
    while (row->name && !str_equal(row->name, flag->name))
        row++;
    if (!row->name)
        return error_set(err, EINVAL, "Unknown flag: %s", flag->name);
    for (size_t before = 0; before < i; before++)
        if (!row->repeats && str_equal(in->flags[before].name, flag->name))
            return error_set(err, EINVAL, "Duplicate flag specified: %s", flag->name);
    if (row->boolean)
        return check_boolean(flag, err);
    return flag->value ? 0 : error_set(err, EINVAL, "Missing a value on flag: %s", flag->name);
}

int draft_check(struct draft *draft, struct error *err)
{
    if (draft->in.kind == INSTRUCTION_KINDS)
        return error_set(err, EINVAL, "unknown instruction: %s", draft->keyword);
    const struct row *row = &rows[draft->in.kind];
    int r = check_count(draft, row->want, err);
    for (size_t i = 0; r == 0 && i < draft->in.flag_count; i++)
        r = check_flag(&draft->in, i, row->flags, err);
    return r == 0 && row->check ? row->check(draft, err) : r;
}
