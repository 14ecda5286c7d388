/* From a typed line to the answer that is sent, and back. */
#include "quizzes/exam_answer.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum kind { CHOICES, ORDER, PAIRS, TEXT, ESSAY, LAB };

static enum kind kind_of(const json_t *item)
{
    static const struct {
        const char *type;
        enum kind kind;
    } kinds[] = {{"ordering", ORDER}, {"matching", PAIRS}, {"short", TEXT}, {"numeric", TEXT},
                 {"command", TEXT},   {"essay", ESSAY},    {"task", LAB}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_equal(kinds[i].type, json_str(item, "type", "")))
            return kinds[i].kind;
    return CHOICES;
}

bool exam_answer_is_text(const json_t *item) { return kind_of(item) == TEXT || kind_of(item) == ESSAY; }

static json_t *parse_letters(const char *line, size_t options)
{
    json_t *out = json_array();
    for (const char *p = line; *p; p++) {
        if (*p == ' ' || *p == ',')
            continue;
        char letter = (char)(*p | 0x20);
        if (letter < 'a' || (size_t)(letter - 'a') >= options) {
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, json_stringn(&letter, 1));
    }
    return out;
}

/* "a2 b1": pairs that are not named stay as they were. */
static json_t *parse_pairs(const json_t *item, const char *line, size_t options)
{
    json_t *out = json_array(), *before = json_object_get(item, "answer");
    size_t counterparts = json_array_size(json_object_get(item, "counterparts"));
    for (size_t i = 0; i < options; i++)
        json_array_append_new(out, json_string(str_or(json_string_value(json_array_get(before, i)), "")));
    for (const char *p = line; *p;) {
        if (*p == ' ' || *p == ',') {
            p++;
            continue;
        }
        char *end, letter = (char)(*p | 0x20);
        unsigned long number = strtoul(p + 1 + (p[1] == '='), &end, 10);
        if (letter < 'a' || (size_t)(letter - 'a') >= options || !number || number > counterparts) {
            json_decref(out);
            return NULL;
        }
        char right = (char)('a' + number - 1);
        json_array_set_new(out, (size_t)(letter - 'a'), json_stringn(&right, 1));
        p = end;
    }
    return out;
}

static json_t *parse_text(const json_t *item, const char *line)
{
    const char *text = line + 1 + strspn(line + 1, " ");
    if (*line == '=')
        return json_string(text);
    if (*line != '+' || kind_of(item) != ESSAY)
        return NULL;
    cleanup_free char *more = str_format("%s\n%s", json_str(item, "answer", ""), text);
    return json_string(more);
}

json_t *exam_answer_parse(const json_t *item, const char *line)
{
    size_t options = json_array_size(json_object_get(item, "options"));
    json_t *out;
    if (!*line)
        return NULL;
    switch (kind_of(item)) {
    case TEXT:
    case ESSAY:
        return str_equal(line, "-") ? json_string("") : parse_text(item, line);
    case PAIRS:
        return str_equal(line, "-") ? json_array() : parse_pairs(item, line, options);
    case LAB:
        return NULL;
    case ORDER:
        out = str_equal(line, "-") ? json_array() : parse_letters(line, options);
        if (out && json_array_size(out) && json_array_size(out) != options) {
            json_decref(out);
            return NULL;
        }
        return out;
    default:
        return str_equal(line, "-") ? json_array() : parse_letters(line, options);
    }
}

const char *exam_answer_hint(const json_t *item)
{
    static const char *const hints[] = {[ORDER] = "All letters in the right order: c a b",
                                        [PAIRS] = "A letter and the number that belongs to it: a2 b1",
                                        [TEXT] = "= and the answer, as in: = overlay2",
                                        [ESSAY] = "= and a line of text; + and a line adds another",
                                        [LAB] = "Done in its lab; what is done there counts when the exam ends."};
    if (json_flag(item, "domc", false))
        return json_flag(item, "over", false) ? "This question is over; Enter goes on."
                                              : "Is this one right? y or n; there is no way back.";
    const char *hint = kind_of(item) == CHOICES ? NULL : hints[kind_of(item)];
    return hint ? hint : str_equal(json_str(item, "type", ""), "multiple") ? "Choose all that are right." : "Choose one.";
}

char *exam_answer_text(const json_t *item)
{
    const json_t *answer = json_object_get(item, "answer"), *value;
    size_t i;
    struct buf out = BUF_INIT;
    if (json_flag(item, "domc", false)) {
        json_array_foreach(json_object_get(item, "options"), i, value)
        {
            if (json_object_get(value, "said"))
                buf_printf(&out, "%s%s", i ? " " : "", json_flag(value, "said", false) ? "yes" : "no");
        }
        return buf_take(&out);
    }
    if (json_is_string(answer)) {
        for (const char *p = json_string_value(answer); *p; p++) {
            size_t bad = utf8_control(p);
            buf_putc(&out, !bad ? *p : *p == '\n' || *p == '\t' ? ' ' : '?');
            p += bad > 1;
        }
        return buf_take(&out);
    }
    json_array_foreach(answer, i, value)
    {
        const char *letter = str_or(json_string_value(value), "");
        if (kind_of(item) == PAIRS && *letter)
            buf_printf(&out, "%s%c%d", out.len ? " " : "", (char)('a' + i), *letter - 'a' + 1);
        else if (*letter)
            buf_printf(&out, "%s%s", out.len ? " " : "", letter);
    }
    return buf_take(&out);
}
