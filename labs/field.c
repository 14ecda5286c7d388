/* Reading values by kind; each reader says what is wrong in the words of its kind. */
#include "labs/field.h"

#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 200, MIB = 1 << 20 };

bool slug_valid(const char *text)
{
    if (!*text || *text == '-' || strlen(text) > 64 || str_ends(text, "-"))
        return false;
    for (const char *p = text; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && (*p != '-' || p[1] == '-'))
            return false;
    return true;
}

static bool id_valid(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
            return false;
    return *text && strlen(text) <= 64;
}

/* YAML takes a value that begins with a brace for a mapping of its own, and its parser then complains of something else. */
static void explain_braces(const char *file, const char *text, struct lab_problems *problems)
{
    int number = 1;
    for (const char *line = text; line && *line; number++) {
        const char *colon = line + strcspn(line, ":\n");
        if (*colon == ':' && colon[1 + strspn(colon + 1, " ")] == '{')
            problem_add(problems, file, number, "", "a value that begins with { must stand in quotes: name: \"{a|b}\"");
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
        if (line && str_starts(line, "---\n"))
            return;
    }
}

void head_read(struct head *head, const char *file, struct lab_problems *problems)
{
    struct error err = ERROR_INIT;
    *head = (struct head){.file = xstrdup(file), .text = file_read(file, NULL, &err)};
    if (head->text)
        head->values = front_matter_parse(file, head->text, &head->body, &err);
    if (!head->values)
        problem_add_error(problems, file, &err);
    if (head->text && !head->values)
        explain_braces(file, head->text, problems);
    if (!head->body)
        head->body = "";
}

void head_free(struct head *head)
{
    free(head->file);
    free(head->text);
    json_decref(head->values);
}

/* Where front matter ends: the line "---" after the first. */
static const char *front_end(const struct head *head)
{
    const char *end = head->text ? strstr(head->text, "\n---") : NULL;
    return end ? end : head->text + strlen(head->text);
}

int field_line(const struct head *head, const char *name, const char *item)
{
    int number = 1, found = 1;
    size_t len = strlen(name);
    bool inside = false;
    for (const char *line = head->text, *end = front_end(head); line && line < end; number++) {
        const char *next = strchr(line, '\n');
        if (strncmp(line, name, len) == 0 && line[len] == ':') {
            found = number;
            inside = true;
        } else if (inside && isalpha((unsigned char)*line)) {
            break;
        }
        if (inside && (!item || memmem(line, next ? (size_t)(next - line) : strlen(line), item, strlen(item))))
            return number;
        line = next ? next + 1 : NULL;
    }
    return found;
}

int body_line(const struct head *head)
{
    int number = 1;
    for (const char *p = head->text; p && p < head->body; p++)
        number += *p == '\n';
    return number;
}

struct reading {
    const struct head *head;
    const struct field *field;
    struct lab_problems *problems;
};

static void wrong(const struct reading *reading, const char *item, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void wrong(const struct reading *reading, const char *item, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *text = str_vformat(format, args);
    va_end(args);
    const char *name = reading->field->name;
    problem_add(reading->problems, reading->head->file, field_line(reading->head, name, item), name, "%s; write %s", text,
                reading->field->example);
}

static bool in_words(const char *words, const char *word)
{
    cleanup_strv char **list = str_split(words, ' ');
    return strv_has(list, word);
}

static void read_text(const struct reading *reading, const char *text, void *to)
{
    if (!*text)
        wrong(reading, NULL, "it is empty");
    else if (strlen(text) > TEXT_MOST || strchr(text, '\n'))
        wrong(reading, NULL, "it must fit on one line of %d characters", TEXT_MOST);
    else
        *(char **)to = xstrdup(text);
}

static void read_number(const struct reading *reading, const char *text, void *to)
{
    long long value;
    if (!str_to_int(text, &value))
        wrong(reading, NULL, "'%s' is no whole number", text);
    else if (value < reading->field->least || value > reading->field->most)
        wrong(reading, NULL, "%lld is not between %lld and %lld", value, reading->field->least, reading->field->most);
    else
        *(int *)to = (int)value;
}

static void read_cpus(const struct reading *reading, const char *text, void *to)
{
    char *end;
    double value = strtod(text, &end);
    if (!*text || *end || !(value > 0) || value > (double)reading->field->most)
        wrong(reading, NULL, "'%s' is no number of processors between 0 and %lld", text, reading->field->most);
    else
        *(double *)to = value;
}

static void read_bytes(const struct reading *reading, const char *text, void *to)
{
    int64_t value;
    if (!units_parse_bytes(text, &value))
        wrong(reading, NULL, "'%s' is no size", text);
    else if (value < reading->field->least * MIB || value > reading->field->most * MIB)
        wrong(reading, NULL, "'%s' is not between %lldm and %lldm", text, reading->field->least, reading->field->most);
    else
        *(long long *)to = value;
}

static void read_word(const struct reading *reading, const char *text, void *to)
{
    if (in_words(reading->field->words, text))
        *(char **)to = xstrdup(text);
    else
        wrong(reading, NULL, "'%s' is none of: %s", text, reading->field->words);
}

static void read_yes(const struct reading *reading, const char *text, void *to)
{
    if (!str_equal(text, "yes") && !str_equal(text, "no"))
        wrong(reading, NULL, "'%s' is neither yes nor no", text);
    else
        *(bool *)to = str_equal(text, "yes");
}

static bool item_fits(const struct reading *reading, const char *item)
{
    switch (reading->field->kind) {
    case FIELD_LINES:
        if (*item && strlen(item) <= TEXT_MOST && !strchr(item, '\n'))
            return true;
        wrong(reading, item, "an item must be a text on one line");
        return false;
    case FIELD_WORDS:
        if (in_words(reading->field->words, item))
            return true;
        wrong(reading, item, "'%s' is none of: %s", item, reading->field->words);
        return false;
    case FIELD_SLUGS:
        if (slug_valid(item))
            return true;
        wrong(reading, item, "'%s' is no name of a-z, 0-9 and dashes", item);
        return false;
    default:
        if (id_valid(item))
            return true;
        wrong(reading, item, "'%s' is no id", item);
        return false;
    }
}

static void read_list(const struct reading *reading, const json_t *value, void *to)
{
    char ***list = to;
    size_t i;
    json_t *item;
    if (!json_is_array(value)) {
        wrong(reading, NULL, "it must be a list");
        return;
    }
    json_array_foreach(value, i, item)
    {
        const char *text = json_string_value(item);
        if (!text)
            wrong(reading, NULL, "item %zu is not a text", i + 1);
        else if (!item_fits(reading, text))
            continue;
        else if (strv_has(*list, text))
            wrong(reading, text, "'%s' is there twice", text);
        else
            strv_add(list, text);
    }
    if (json_array_size(value) == 0)
        wrong(reading, NULL, "the list is empty");
}

static void read_map(const struct reading *reading, json_t *value, void *to)
{
    const char *key;
    json_t *item;
    if (!json_is_object(value)) {
        wrong(reading, NULL, "it must be a mapping");
        return;
    }
    json_object_foreach(value, key, item)
    {
        if (!json_is_string(item))
            wrong(reading, key, "%s: the value must be a text (in quotes when it begins with {)", key);
    }
    *(json_t **)to = json_incref(value);
}

static void read_value(const struct reading *reading, json_t *value, void *to)
{
    static void (*const readers[])(const struct reading *, const char *, void *) = {
        [FIELD_TEXT] = read_text,   [FIELD_NUMBER] = read_number, [FIELD_CPUS] = read_cpus,
        [FIELD_BYTES] = read_bytes, [FIELD_WORD] = read_word,     [FIELD_YES] = read_yes,
    };
    if (reading->field->kind == FIELD_MAP)
        read_map(reading, value, to);
    else if (reading->field->kind >= ARRAY_LEN(readers))
        read_list(reading, value, to);
    else if (!json_is_string(value))
        wrong(reading, NULL, "it must be one value");
    else
        readers[reading->field->kind](reading, json_string_value(value), to);
}

static char *known_fields(const struct field *table)
{
    char **names = NULL;
    for (; table->name; table++)
        strv_add(&names, table->name);
    char *text = strv_join(names, ", ");
    strv_free(names);
    return text;
}

static bool in_table(const struct field *table, const char *name)
{
    while (table->name && !str_equal(table->name, name))
        table++;
    return table->name;
}

void fields_read(const struct head *head, const struct field *table, void *into, struct lab_problems *problems)
{
    const char *key;
    json_t *value;
    if (!head->values)
        return;
    json_object_foreach(head->values, key, value)
    {
        cleanup_free char *known = known_fields(table);
        if (!in_table(table, key))
            problem_add(problems, head->file, field_line(head, key, NULL), key,
                        "there is no such field; remove it, or use one of: %s", known);
    }
    for (const struct field *field = table; field->name; field++) {
        const struct reading reading = {head, field, problems};
        value = json_object_get(head->values, field->name);
        if (value)
            read_value(&reading, value, (char *)into + field->offset);
        else if (field->required)
            problem_add(problems, head->file, 1, field->name, "it is missing; add a line such as %s: %s", field->name,
                        field->example);
    }
}

void fields_free(const struct field *table, void *of)
{
    for (; table->name; table++) {
        void *at = (char *)of + table->offset;
        if (table->kind == FIELD_TEXT || table->kind == FIELD_WORD)
            free(*(char **)at);
        else if (table->kind == FIELD_MAP)
            json_decref(*(json_t **)at);
        else if (table->kind >= FIELD_LINES)
            strv_free(*(char ***)at);
    }
}
