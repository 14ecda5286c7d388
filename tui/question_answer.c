/* Answers of every kind: how an item holds them, what a key does to them, and how they are sent. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/question_state.h"

#include <stdlib.h>
#include <string.h>

static enum item_kind kind_of(const json_t *json)
{
    static const struct {
        const char *type;
        enum item_kind kind;
    } kinds[] = {{"ordering", ITEM_ORDER}, {"matching", ITEM_PAIRS}, {"short", ITEM_LINE}, {"numeric", ITEM_LINE},
                 {"command", ITEM_LINE},   {"essay", ITEM_ESSAY},    {"task", ITEM_LAB}};
    if (json_flag(json, "domc", false))
        return ITEM_ONE_BY_ONE;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_equal(kinds[i].type, json_str(json, "type", "")))
            return kinds[i].kind;
    return ITEM_CHOICES;
}

static int index_of(const json_t *options, const char *id)
{
    size_t i;
    const json_t *option;
    json_array_foreach(options, i, option)
    {
        if (str_equal(json_str(option, "id", ""), id))
            return (int)i;
    }
    return -1;
}

static void load_answer(struct item *item)
{
    const json_t *given = json_object_get(item->json, "answer"), *options = json_object_get(item->json, "options"), *letter;
    size_t i;
    memset(item->pairs, ' ', OPTIONS_MAX);
    item->text = xstrdup(str_or(json_string_value(given), ""));
    json_array_foreach(given, i, letter)
    {
        const char *id = str_or(json_string_value(letter), "");
        int at = index_of(options, id);
        if (item->kind == ITEM_PAIRS && i < OPTIONS_MAX)
            item->pairs[i] = *id ? *id : ' ';
        else if (at >= 0 && i < OPTIONS_MAX) {
            item->chosen |= 1u << at;
            item->order[strlen(item->order)] = *id;
        }
    }
    json_array_foreach(options, i, letter) { item->said += json_object_get(letter, "said") != NULL; }
}

void item_add_option(struct item *item, json_t *option)
{
    if (item->option_count < OPTIONS_MAX)
        pages_parse(json_str(option, "text", ""), &item->options[item->option_count++]);
}

void item_load(struct item *item, json_t *json)
{
    *item = (struct item){.json = json,
                          .kind = kind_of(json),
                          .multiple = str_equal(json_str(json, "type", "single"), "multiple"),
                          .seq = json_num(json, "seq", 0),
                          .flagged = json_flag(json, "flagged", false),
                          .one_over = json_flag(json, "over", false)};
    size_t i;
    json_t *option;
    pages_parse(json_str(json, "stem", ""), &item->stem);
    json_array_foreach(json_object_get(json, "options"), i, option) { item_add_option(item, option); }
    json_array_foreach(json_object_get(json, "counterparts"), i, option)
    {
        if (item->counterpart_count < OPTIONS_MAX)
            pages_parse(json_str(option, "text", ""), &item->counterparts[item->counterpart_count++]);
    }
    load_answer(item);
}

void item_free(struct item *item)
{
    pages_free(&item->stem);
    for (int i = 0; i < item->option_count; i++)
        pages_free(&item->options[i]);
    for (int i = 0; i < item->counterpart_count; i++)
        pages_free(&item->counterparts[i]);
    free(item->text);
}

bool item_answered(const struct item *item)
{
    switch (item->kind) {
    case ITEM_ONE_BY_ONE:
        return item->one_over;
    case ITEM_ORDER:
        return (int)strlen(item->order) == item->option_count;
    case ITEM_PAIRS:
        return strspn(item->pairs, " ") < OPTIONS_MAX;
    case ITEM_LINE:
    case ITEM_ESSAY:
        return *item->text;
    default:
        return item->chosen != 0;
    }
}

static void add_letter(json_t *list, char letter)
{
    json_array_append_new(list, letter == ' ' ? json_string("") : json_stringn(&letter, 1));
}

json_t *item_answer(const struct item *item)
{
    if (item->kind == ITEM_LINE || item->kind == ITEM_ESSAY)
        return json_text_value(item->text, strlen(item->text));
    json_t *list = json_array();
    if (item->kind == ITEM_ORDER && item_answered(item)) {
        for (const char *p = item->order; *p; p++)
            add_letter(list, *p);
        return list;
    }
    for (int i = 0; i < item->option_count; i++) {
        if (item->kind == ITEM_PAIRS)
            add_letter(list, item->pairs[i]);
        else if (item->kind == ITEM_CHOICES && item->chosen >> i & 1)
            add_letter(list, (char)('a' + i));
    }
    return list;
}

/* A letter that is in the order leaves it; another one becomes its last. */
static void touch_order(struct item *item, char letter)
{
    char *at = strchr(item->order, letter);
    size_t len = strlen(item->order);
    if (at)
        memmove(at, at + 1, strlen(at));
    else if (len < OPTIONS_MAX)
        item->order[len] = letter;
}

bool item_touch(struct item *item, int option)
{
    if (option < 0 || option >= item->option_count)
        return false;
    unsigned bit = 1u << option;
    char *pair = &item->pairs[option];
    switch (item->kind) {
    case ITEM_CHOICES:
        item->chosen = item->multiple ? item->chosen ^ bit : item->chosen == bit ? 0 : bit;
        return true;
    case ITEM_ORDER:
        touch_order(item, (char)('a' + option));
        return true;
    case ITEM_PAIRS:
        *pair = *pair == ' ' ? 'a' : (char)(*pair + 1);
        *pair = *pair - 'a' >= item->counterpart_count ? ' ' : *pair;
        return true;
    default:
        return false;
    }
}

const char *item_hint(const struct item *item)
{
    static const char *const hints[] = {
        [ITEM_CHOICES] = "choose one",
        [ITEM_ONE_BY_ONE] = "y or n, no way back",
        [ITEM_ORDER] = "letters in the right order",
        [ITEM_PAIRS] = "a letter: its next",
        [ITEM_LINE] = "i writes",
        [ITEM_ESSAY] = "i writes, Esc ends",
        [ITEM_LAB] = "done in its lab",
    };
    return item->multiple && item->kind == ITEM_CHOICES ? "choose all that are true" : hints[item->kind];
}

void item_write(struct item *item, struct edit *edit)
{
    char *last = strrchr(item->text, '\n');
    edit_set(edit, last ? last + 1 : item->text);
    if (last)
        last[1] = 0;
    else
        *item->text = 0;
}

void item_written(struct item *item, const struct edit *edit)
{
    char *whole = str_format("%s%s", item->text, edit->text);
    free(item->text);
    item->text = whole;
}
