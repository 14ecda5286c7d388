/* The lint of a lesson's front matter: a table of fields, each with its check. */
#include "lessons/lesson_lint.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"

#include <string.h>

enum { TITLE_MOST = 60, SUMMARY_MOST = 160, MINUTES_MOST = 120 };

/* What a check is told: the entry of a list, or the whole value. */
struct about {
    struct lint *lint;
    const char *field, *value, *slug;
    int line;
};

static void check_title(const struct about *about)
{
    if (strlen(about->value) > TITLE_MOST)
        lint_problem(about->lint, about->line, about->field, "longer than %d characters, which no list shows whole; shorten it",
                     TITLE_MOST);
}

static void check_summary(const struct about *about)
{
    if (strlen(about->value) > SUMMARY_MOST || strchr(about->value, '\n'))
        lint_problem(about->lint, about->line, about->field, "more than one line of %d characters; shorten it", SUMMARY_MOST);
}

static void check_minutes(const struct about *about)
{
    long long minutes;
    if (!str_to_int(about->value, &minutes) || minutes < 1 || minutes > MINUTES_MOST)
        lint_problem(about->lint, about->line, about->field, "\"%s\" is no number from 1 to %d", about->value, MINUTES_MOST);
}

static void check_domain(const struct about *about)
{
    cleanup_free char *all = strv_join((char *const *)lesson_domains, ", ");
    if (!strv_has((char *const *)lesson_domains, about->value))
        lint_problem(about->lint, about->line, about->field, "there is no domain \"%s\"; write one of %s", about->value, all);
}

static void check_topic(const struct about *about)
{
    if (!syllabus_topic(&about->lint->syllabus, about->value))
        lint_problem(about->lint, about->line, about->field, "there is no topic \"%s\"; lessons/topics.yaml lists them",
                     about->value);
}

static void check_feature(const struct about *about)
{
    if (!syllabus_feature(&about->lint->syllabus, about->value))
        lint_problem(about->lint, about->line, about->field, "there is no feature \"%s\"; lessons/features.yaml lists them",
                     about->value);
}

static void check_prerequisite(const struct about *about)
{
    if (str_equal(about->value, about->slug))
        lint_problem(about->lint, about->line, about->field, "the lesson itself; take it out");
    else if (!lesson_find(about->lint->lessons, about->lint->count, about->value))
        lint_problem(about->lint, about->line, about->field,
                     "there is no lesson \"%s\" (a file lessons/NN-%s.md); `slipway lesson list` names them", about->value,
                     about->value);
}

static void check_lab(const struct about *about)
{
    cleanup_free char *path = str_format("%s/%s/lab.md", about->lint->labs, about->value);
    if (strchr(about->value, '/') || !path_exists(path))
        lint_problem(about->lint, about->line, about->field,
                     "there is no lab \"%s\" (labs/%s/lab.md); `slipway lab list` names them", about->value, about->value);
}

static void check_shell(const struct about *about)
{
    if (!str_equal(about->value, "engine") && !str_equal(about->value, "machine"))
        lint_problem(about->lint, about->line, about->field,
                     "\"%s\" is no shell; write engine (the learner's own) or machine (a lab machine)", about->value);
}

/* "man 7 namespaces", or an address. */
static void check_reading(const struct about *about)
{
    const char *text = about->value;
    bool manual = str_starts(text, "man ") && text[4] >= '1' && text[4] <= '8' &&
                  strspn(text + 5, "abcdefghijklmnopqrstuvwxyz") < 9 && strchr(text + 5, ' ') && strchr(text + 5, ' ')[1] &&
                  !strchr(strchr(text + 5, ' ') + 1, ' ');
    if (!manual && !str_starts(text, "https://"))
        lint_problem(about->lint, about->line, about->field, "\"%s\": write a manual page, \"man 7 namespaces\", or https://...",
                     text);
}

static void check_nothing(const struct about *about) { (void)about; }

enum shape { SHAPE_TEXT, SHAPE_LIST };

static const struct field {
    const char *name;
    enum shape shape;
    bool needed;
    void (*check)(const struct about *about); /* of the text, or of each entry */
} fields[] = {
    {"title", SHAPE_TEXT, true, check_title},        {"summary", SHAPE_TEXT, true, check_summary},
    {"minutes", SHAPE_TEXT, true, check_minutes},    {"domain", SHAPE_TEXT, true, check_domain},
    {"objectives", SHAPE_LIST, true, check_nothing}, {"topics", SHAPE_LIST, true, check_topic},
    {"features", SHAPE_LIST, false, check_feature},  {"prerequisites", SHAPE_LIST, false, check_prerequisite},
    {"labs", SHAPE_LIST, false, check_lab},          {"shell", SHAPE_TEXT, false, check_shell},
    {"reading", SHAPE_LIST, false, check_reading},
};

/* The line of a field in the front matter, or of the one in which an entry of its list stands. */
static int line_of(const struct lint *lint, const char *field, const char *value)
{
    size_t len = strlen(field);
    int line = 0;
    for (int i = 1; lint->source[i] && !str_equal(lint->source[i], "---"); i++) {
        const char *text = lint->source[i];
        if (strncmp(text, field, len) == 0 && text[len] == ':')
            line = i + 1;
        else if (line && *text && !strchr(" -#", *text))
            break;
        if (line && (!value || strstr(text, value)))
            return i + 1;
    }
    return line ? line : 1;
}

static void check_entries(struct lint *lint, const struct field *field, const json_t *list, const char *slug)
{
    cleanup_strv char **seen = NULL;
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        const char *text = json_string_value(entry);
        struct about about = {lint, field->name, text, slug, line_of(lint, field->name, text)};
        if (str_empty(text))
            lint_problem(lint, about.line, field->name, "entry %zu is empty or no text; write a word or take it out", index + 1);
        else if (strv_has(seen, text))
            lint_problem(lint, about.line, field->name, "\"%s\" stands there twice; take one out", text);
        else
            field->check(&about);
        strv_add(&seen, str_or(text, ""));
    }
}

static void check_field(struct lint *lint, const struct field *field, const json_t *value, const char *slug)
{
    int line = line_of(lint, field->name, NULL);
    bool empty = !value || (json_is_string(value) && str_empty(json_string_value(value))) ||
                 (json_is_array(value) && json_array_size(value) == 0);
    if (empty && field->needed)
        lint_problem(lint, line, field->name, value ? "it is empty; a lesson needs it" : "it is missing; a lesson needs it");
    else if (value && !empty && field->shape == SHAPE_LIST && !json_is_array(value))
        lint_problem(lint, line, field->name, "it is no list; write [one, two], or a line \"  - one\" for each");
    else if (value && !empty && field->shape == SHAPE_TEXT && !json_is_string(value))
        lint_problem(lint, line, field->name, "it is a list or a mapping; write one text");
    else if (!empty && field->shape == SHAPE_LIST)
        check_entries(lint, field, value, slug);
    else if (!empty)
        field->check(&(struct about){lint, field->name, json_string_value(value), slug, line});
}

static bool known(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (str_equal(fields[i].name, name))
            return true;
    return false;
}

void lint_head(struct lint *lint, const json_t *head, const char *slug)
{
    const char *name;
    json_t *value;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        check_field(lint, &fields[i], json_object_get(head, fields[i].name), slug);
    json_object_foreach((json_t *)head, name, value)
    {
        if (!known(name))
            lint_problem(lint, line_of(lint, name, NULL), name, "lessons have no such field; take it out or correct its name");
    }
}
