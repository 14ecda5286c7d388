/* Reading documents without surprises, which nearly all are, in a third of jansson's time: ASCII without escapes, and whole
 * numbers. At anything else, and at anything wrong, the whole is left to jansson, whose values and errors are the ones that count.
 */
#include "base/json_plain.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH_MOST = 32, DIGITS_MOST = 18 };

struct reader {
    const char *at, *end;
    int depth;
};

static json_t *read_value(struct reader *reader);

/* What comes after spaces, NUL at the end. */
static char next(struct reader *reader)
{
    const char *at = reader->at, *end = reader->end;
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    reader->at = at;
    return at < end ? *at : '\0';
}

static bool take(struct reader *reader, char wanted)
{
    if (next(reader) != wanted)
        return false;
    reader->at++;
    return true;
}

/* The text between the quotes, the first of which the reader is on; NULL when it is not plain. */
static const char *take_text(struct reader *reader, size_t *len)
{
    const char *begin = reader->at + 1, *at = begin;
    while (at < reader->end && (unsigned char)(*at - ' ') < 0x7f - ' ' && *at != '"' && *at != '\\')
        at++;
    if (at == reader->end || *at != '"')
        return NULL;
    *len = (size_t)(at - begin);
    reader->at = at + 1;
    return begin;
}

static json_t *read_text(struct reader *reader)
{
    size_t len;
    const char *text = take_text(reader, &len);
    return text ? json_stringn_nocheck(text, len) : NULL;
}

static json_t *read_number(struct reader *reader)
{
    bool negative = reader->at < reader->end && *reader->at == '-';
    const char *first = reader->at + negative, *at = first;
    json_int_t number = 0;
    for (; at < reader->end && *at >= '0' && *at <= '9' && at - first < DIGITS_MOST; at++)
        number = number * 10 + (*at - '0');
    bool whole = at > first && (at == first + 1 || *first != '0') && (at == reader->end || !memchr("0123456789.eE", *at, 13));
    reader->at = at;
    return whole ? json_integer(negative ? -number : number) : NULL;
}

static json_t *read_word(struct reader *reader, const char *word, json_t *value)
{
    size_t len = strlen(word);
    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
        return NULL;
    reader->at += len;
    return value;
}

static bool read_member(struct reader *reader, json_t *object)
{
    size_t len;
    const char *key = next(reader) == '"' ? take_text(reader, &len) : NULL;
    json_t *value = key && take(reader, ':') ? read_value(reader) : NULL;
    return value && json_object_setn_new_nocheck(object, key, len, value) == 0;
}

static bool read_entry(struct reader *reader, json_t *array)
{
    json_t *value = read_value(reader);
    return value && json_array_append_new(array, value) == 0;
}

/* An object or array, of which `read_one` adds one part to `whole`. */
static json_t *read_parts(struct reader *reader, char close, json_t *whole, bool (*read_one)(struct reader *, json_t *))
{
    bool good = ++reader->depth <= DEPTH_MOST;
    reader->at++;
    if (good && !take(reader, close)) {
        do
            good = read_one(reader, whole);
        while (good && take(reader, ','));
        good = good && take(reader, close);
    }
    reader->depth--;
    if (good)
        return whole;
    json_decref(whole);
    return NULL;
}

static json_t *read_value(struct reader *reader)
{
    switch (next(reader)) {
    case '{':
        return read_parts(reader, '}', json_object(), read_member);
    case '[':
        return read_parts(reader, ']', json_array(), read_entry);
    case '"':
        return read_text(reader);
    case 't':
        return read_word(reader, "true", json_true());
    case 'f':
        return read_word(reader, "false", json_false());
    case 'n':
        return read_word(reader, "null", json_null());
    default:
        return read_number(reader);
    }
}

json_t *json_plain(const char *text, size_t len)
{
    struct reader reader = {.at = text, .end = text + len};
    json_t *doc = read_value(&reader);
    if (doc && (next(&reader) || reader.at < reader.end)) {
        json_decref(doc);
        return NULL;
    }
    return doc;
}
