/* What a client sent, checked and in the bank's letters; and the way back. */
#include "quizzes/classd/answers.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

char letter_to_source(const char *ordering, char shown)
{
    size_t at = (size_t)(shown - 'a');
    return shown >= 'a' && at < strlen(ordering) ? ordering[at] : 0;
}

char letter_to_shown(const char *ordering, char source)
{
    const char *at = source ? strchr(ordering, source) : NULL;
    return at ? (char)('a' + (at - ordering)) : 0;
}

/* A letter of the bank, or the text of an option. */
static char source_letter(struct store *store, const struct drawn *item, const char *given, bool counterpart)
{
    int64_t code =
        counterpart ? store_number(store, 0, "SELECT unicode(letter) FROM counterpart WHERE rev = ? AND position = ? AND text = ?",
                                   "iit", item->rev, item->position, given)
                    : store_number(store, 0, "SELECT unicode(letter) FROM choice WHERE rev = ? AND position = ? AND text = ?",
                                   "iit", item->rev, item->position, given);
    return code ? (char)code : strlen(given) == 1 ? *given : 0;
}

/* One element of the list as a letter of the bank; 0 and EINVAL for what is none. */
static char letter_of(struct store *store, const struct drawn *item, const json_t *value, bool by_source, bool counterpart,
                      struct error *err)
{
    const char *given = json_is_string(value) ? json_string_value(value) : "",
               *order = counterpart ? item->pairing : item->ordering;
    char letter = by_source ? source_letter(store, item, given, counterpart) : letter_to_source(order, given[0]);
    if (letter && strchr(order, letter) && (by_source || !given[1]))
        return letter;
    error_set(err, EINVAL, "this question has no option \"%.40s\"", given);
    return 0;
}

static int read_letters(struct store *store, const struct drawn *item, const json_t *given, bool by_source, char *out,
                        struct error *err)
{
    size_t i, count = 0;
    const json_t *value;
    bool picked[16] = {false};
    json_array_foreach(given, i, value)
    {
        char letter = letter_of(store, item, value, by_source, false, err);
        if (!letter)
            return -EINVAL;
        if (item->type == QUESTION_ORDERING && picked[letter - 'a'])
            return error_set(err, EINVAL, "option \"%.40s\" is given twice", json_string_value(value));
        if (item->type == QUESTION_ORDERING)
            out[count++] = letter;
        picked[letter - 'a'] = true;
    }
    for (char letter = 'a'; item->type != QUESTION_ORDERING && letter < 'a' + 15; letter++)
        if (picked[letter - 'a'])
            out[count++] = letter;
    out[count] = 0;
    if (item->type == QUESTION_ORDERING && count && count != strlen(item->ordering))
        return error_set(err, EINVAL, "put all %zu options into an order, or none", strlen(item->ordering));
    if ((item->type == QUESTION_SINGLE || item->type == QUESTION_TRUEFALSE) && count > 1)
        return error_set(err, EINVAL, "this question is single choice: answer with one option");
    return 0;
}

static int read_pairs(struct store *store, const struct drawn *item, const json_t *given, bool by_source, char *out,
                      struct error *err)
{
    size_t i, count = strlen(item->ordering);
    const json_t *value;
    bool any = false;
    if (json_array_size(given) > count)
        return error_set(err, EINVAL, "this question has %zu things to match", count);
    memset(out, '-', count);
    out[count] = 0;
    json_array_foreach(given, i, value)
    {
        if (json_is_string(value) && !*json_string_value(value))
            continue;
        char right = letter_of(store, item, value, by_source, true, err);
        if (!right)
            return -EINVAL;
        out[by_source ? i : (size_t)(item->ordering[i] - 'a')] = right;
        any = true;
    }
    if (!any)
        *out = 0;
    return 0;
}

int text_check(const char *what, const char *text, size_t most, struct error *err)
{
    size_t len = strlen(text);
    if (len > most)
        return error_set(err, E2BIG, "%s has %zu bytes; %zu is the most here", what, len, most);
    for (const char *p = text; *p; p++) {
        size_t bad = *p == '\n' || *p == '\t' ? 0 : utf8_control(p);
        if (bad)
            return error_set(err, EINVAL, "%s holds the control character 0x%02x at byte %zu; remove it", what,
                             (unsigned char)p[bad - 1], (size_t)(p - text) + 1);
    }
    return 0;
}

static int read_text(const struct drawn *item, const json_t *given, char **stored, struct error *err)
{
    if (json_is_array(given) && json_array_size(given) <= 1)
        given = json_array_get(given, 0);
    const char *text = given ? json_string_value(given) : "";
    if (!text)
        return error_set(err, EINVAL, "\"answer\" must be a text for a question of type %s", question_type_name(item->type));
    if (given && strlen(text) != json_string_length(given))
        return error_set(err, EINVAL, "the answer holds the control character 0x00; remove it");
    int r = text_check("the answer", text, item->type == QUESTION_ESSAY ? ANSWER_ESSAY_MAX : ANSWER_TEXT_MAX, err);
    if (r == 0)
        *stored = xstrdup(text);
    return r;
}

int answer_read(struct store *store, const struct drawn *item, const json_t *given, bool by_source, char **stored,
                struct error *err)
{
    *stored = NULL;
    if (item->type == QUESTION_TASK)
        return error_set(err, EINVAL, "a task is answered in its lab, which is checked when the attempt ends");
    if (item->type >= QUESTION_SHORT)
        return read_text(item, given, stored, err);
    if (!json_is_array(given))
        return error_set(err, EINVAL, "\"answer\" must be a list of option letters");
    char letters[16] = "";
    int r = item->type == QUESTION_MATCHING ? read_pairs(store, item, given, by_source, letters, err)
                                            : read_letters(store, item, given, by_source, letters, err);
    if (r == 0)
        *stored = xstrdup(letters);
    return r;
}

static void add_letter(json_t *list, char letter)
{
    json_array_append_new(list, letter ? json_stringn(&letter, 1) : json_string(""));
}

json_t *answer_json(const struct drawn *item, const char *stored)
{
    if (item->type >= QUESTION_SHORT)
        return json_text_value(stored, strlen(stored));
    json_t *out = json_array();
    if (item->domc) /* the letters that got a yes */
        for (size_t i = 0; stored[i] && stored[i + 1]; i += 2) {
            if (stored[i + 1] == '+')
                add_letter(out, letter_to_shown(item->ordering, stored[i]));
        }
    else if (item->type == QUESTION_ORDERING)
        for (const char *p = stored; *p; p++)
            add_letter(out, letter_to_shown(item->ordering, *p));
    else
        for (const char *p = item->ordering; *stored && *p; p++) {
            size_t at = (size_t)(*p - 'a');
            if (item->type == QUESTION_MATCHING)
                add_letter(out, at < strlen(stored) ? letter_to_shown(item->pairing, stored[at]) : 0);
            else if (strchr(stored, *p))
                add_letter(out, (char)('a' + (p - item->ordering)));
        }
    return out;
}

bool answer_given(const struct drawn *item, const char *stored)
{
    return item->type >= QUESTION_SHORT ? stored[strspn(stored, " \n\t")] != 0 : *stored != 0;
}
