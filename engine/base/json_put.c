/* Documents to text. jansson's own writer guards against documents that hold themselves, with a hash table entry for every object
 * and array on the way down, which is most of its time; no document here does. */
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* What cannot stand in a string as it is: 'u' stands for a numbered escape. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',         'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

void json_put_text(struct buf *out, const char *text, size_t len)
{
    const char *end = text + len;
    buf_putc(out, '"');
    while (text < end) {
        const char *plain = text;
        while (text < end && !escapes[(unsigned char)*text])
            text++;
        buf_add(out, plain, (size_t)(text - plain));
        if (text == end)
            break;
        char escape = escapes[(unsigned char)*text];
        if (escape == 'u')
            buf_printf(out, "\\u%04X", (unsigned char)*text);
        else
            buf_add(out, (char[]){'\\', escape}, 2);
        text++;
    }
    buf_putc(out, '"');
}

static void put_integer(struct buf *out, json_int_t number)
{
    char digits[24], *at = digits + sizeof digits;
    unsigned long long rest = number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    buf_add(out, at, (size_t)(digits + sizeof digits - at));
}

static void put_object(struct buf *out, json_t *doc)
{
    char between = '{';
    for (void *at = json_object_iter(doc); at; at = json_object_iter_next(doc, at)) {
        buf_putc(out, between);
        json_put_text(out, json_object_iter_key(at), json_object_iter_key_len(at));
        buf_putc(out, ':');
        json_put(out, json_object_iter_value(at));
        between = ',';
    }
    buf_puts(out, between == '{' ? "{}" : "}");
}

static void put_array(struct buf *out, const json_t *doc)
{
    size_t count = json_array_size(doc);
    buf_putc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_putc(out, ',');
        json_put(out, json_array_get(doc, i));
    }
    buf_putc(out, ']');
}

static void put_real(struct buf *out, const json_t *doc)
{
    char *text = json_dumps(doc, JSON_ENCODE_ANY);
    buf_puts(out, text ? text : "0.0");
    free(text);
}

void json_put(struct buf *out, const json_t *doc)
{
    switch (doc ? json_typeof(doc) : JSON_NULL) {
    case JSON_OBJECT:
        put_object(out, (json_t *)doc);
        break;
    case JSON_ARRAY:
        put_array(out, doc);
        break;
    case JSON_STRING:
        json_put_text(out, json_string_value(doc), json_string_length(doc));
        break;
    case JSON_INTEGER:
        put_integer(out, json_integer_value(doc));
        break;
    case JSON_REAL:
        put_real(out, doc);
        break;
    case JSON_TRUE:
        buf_puts(out, "true");
        break;
    case JSON_FALSE:
        buf_puts(out, "false");
        break;
    case JSON_NULL:
        buf_puts(out, "null");
        break;
    }
}

char *json_text(const json_t *doc)
{
    struct buf out = BUF_INIT;
    json_put(&out, doc);
    return buf_take(&out);
}
