/* One pass over the text with a cursor. What is stepped over is not checked; what is wanted goes through jansson, but for the
 * strings without escapes that most members are. */
#include "base/json_skim.h"

#include "base/json.h"

#include <errno.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

struct slice {
    const char *text;
    size_t len;
};

static char next(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\t' || *cursor->at == '\r'))
        cursor->at++;
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool take_char(struct cursor *cursor, char wanted)
{
    if (next(cursor) != wanted)
        return false;
    cursor->at++;
    return true;
}

/* Behind the string that the cursor is on. */
static bool skip_string(struct cursor *cursor)
{
    const char *begin = ++cursor->at;
    while (cursor->at < cursor->end) {
        const char *quote = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at)), *back = quote;
        if (!quote)
            return false;
        while (back > begin && back[-1] == '\\')
            back--;
        cursor->at = quote + 1;
        if ((quote - back) % 2 == 0)
            return true;
    }
    return false;
}

/* Behind the object or array that the cursor is on. */
static bool skip_nested(struct cursor *cursor)
{
    size_t depth = 0;
    while (cursor->at < cursor->end) {
        char c = *cursor->at;
        if (c == '"') {
            if (!skip_string(cursor))
                return false;
            continue;
        }
        cursor->at++;
        depth += c == '{' || c == '[';
        if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

static bool skip_value(struct cursor *cursor, struct slice *value)
{
    char c = next(cursor);
    bool whole = true;
    value->text = cursor->at;
    if (c == '"')
        whole = skip_string(cursor);
    else if (c == '{' || c == '[')
        whole = skip_nested(cursor);
    else
        while (cursor->at < cursor->end && !memchr(",]} \n\t\r", *cursor->at, 7))
            cursor->at++;
    value->len = (size_t)(cursor->at - value->text);
    return whole && value->len > 0;
}

static json_t *load(struct slice value)
{
    if (*value.text == '"' && !memchr(value.text, '\\', value.len))
        return json_stringn(value.text + 1, value.len - 2);
    return json_loadb(value.text, value.len, JSON_DECODE_ANY, NULL);
}

static const char *wanted(const char *const *keys, struct slice key)
{
    for (; *keys; keys++)
        if (strncmp(*keys, key.text + 1, key.len - 2) == 0 && (*keys)[key.len - 2] == '\0')
            return *keys;
    return NULL;
}

static bool take_member(struct cursor *cursor, const char *const *keys, json_t *object)
{
    struct slice key, value;
    if (next(cursor) != '"' || !skip_value(cursor, &key) || !take_char(cursor, ':') || !skip_value(cursor, &value))
        return false;
    const char *name = wanted(keys, key);
    json_t *loaded = name ? load(value) : NULL;
    return !name || (loaded && json_object_set_new(object, name, loaded) == 0);
}

static json_t *take_object(struct cursor *cursor, const char *const *keys)
{
    struct slice whole;
    if (next(cursor) != '{')
        return NULL;
    if (!keys)
        return skip_value(cursor, &whole) ? load(whole) : NULL;
    cleanup_json json_t *object = json_object();
    cursor->at++;
    bool good = true, more = next(cursor) != '}';
    while (good && more) {
        good = take_member(cursor, keys, object);
        more = good && take_char(cursor, ',');
    }
    return good && take_char(cursor, '}') ? json_incref(object) : NULL;
}

int json_skim(const char *text, size_t len, const char *const *keys, bool (*take)(void *data, json_t *object), void *data)
{
    struct cursor cursor = {text, text + len};
    if (!take_char(&cursor, '['))
        return -EINVAL;
    bool more = next(&cursor) != ']';
    while (more) {
        cleanup_json json_t *object = take_object(&cursor, keys);
        if (!object)
            return -EINVAL;
        if (!take(data, object))
            return 0;
        more = take_char(&cursor, ',');
    }
    return take_char(&cursor, ']') && !next(&cursor) ? 0 : -EINVAL;
}
