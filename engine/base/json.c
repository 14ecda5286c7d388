/* Paths, lists and files over jansson; the documents stay jansson's own type. */
#include "base/json.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

json_t *json_at(const json_t *doc, const char *path)
{
    json_t *at = (json_t *)doc;
    while (at && *path) {
        const char *dot = strchrnul(path, '.');
        char key[128];
        size_t len = (size_t)(dot - path);
        if (len >= sizeof key)
            return NULL;
        memcpy(key, path, len);
        key[len] = 0;
        at = json_object_get(at, key);
        path = *dot ? dot + 1 : dot;
    }
    return at;
}

const char *json_str(const json_t *doc, const char *path, const char *otherwise)
{
    const json_t *value = json_at(doc, path);
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

long long json_num(const json_t *doc, const char *path, long long otherwise)
{
    const json_t *value = json_at(doc, path);
    if (json_is_integer(value))
        return json_integer_value(value);
    if (!json_is_real(value))
        return otherwise;
    double number = json_real_value(value);
    return number >= 0x1p63 ? LLONG_MAX : number < -0x1p63 ? LLONG_MIN : (long long)number;
}

double json_double(const json_t *doc, const char *path, double otherwise)
{
    const json_t *value = json_at(doc, path);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

bool json_flag(const json_t *doc, const char *path, bool otherwise)
{
    const json_t *value = json_at(doc, path);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

char **json_to_strv(const json_t *array)
{
    char **out = NULL;
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        if (json_is_string(value))
            strv_add(&out, json_string_value(value));
    }
    return out;
}

json_t *json_from_strv(char *const *list)
{
    if (!list)
        return json_null();
    json_t *out = json_array();
    for (; *list; list++)
        json_array_append_new(out, json_text_value(*list, strlen(*list)));
    return out;
}

bool json_deeper(const char *text, size_t len, size_t most)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if ((c == '{' || c == '[') && ++depth > most)
            return true;
        else if ((c == '}' || c == ']') && depth)
            depth--;
    }
    return false;
}

json_t *json_parse(const char *text, size_t len, const char *what, struct error *err)
{
    json_error_t why;
    if (json_deeper(text, len, JSON_DEPTH_FILE)) {
        error_set(err, EINVAL, "%s: nested deeper than %d", what, JSON_DEPTH_FILE);
        return NULL;
    }
    json_t *doc = json_loadb(text, len, JSON_DECODE_ANY, &why);
    if (!doc)
        error_set(err, EINVAL, "%s: %s at line %d column %d", what, why.text, why.line, why.column);
    return doc;
}

/* jansson's integers have a sign: one from 2^63 up becomes the negative number of the same 64 bits. */
static void fold_number(struct buf *out, const char *digits, size_t len)
{
    char copy[24];
    unsigned long long value = 0;
    errno = 0;
    if (len == 19 || len == 20) {
        memcpy(copy, digits, len);
        copy[len] = 0;
        value = strtoull(copy, NULL, 10);
    }
    if (!errno && value > INT64_MAX)
        buf_printf(out, "%lld", (long long)value);
    else
        buf_add(out, digits, len);
}

static void fold_numbers(const char *text, size_t len, struct buf *out)
{
    bool quoted = false;
    for (size_t i = 0, took; i < len; i += took) {
        size_t digits = quoted ? 0 : strspn(text + i, "0123456789");
        bool whole = digits && (!text[i + digits] || !strchr(".eE", text[i + digits])) && (!i || !strchr("-.+eE", text[i - 1]));
        took = digits ? digits : quoted && text[i] == '\\' && i + 1 < len ? 2 : 1;
        quoted ^= text[i] == '"';
        if (whole)
            fold_number(out, text + i, digits);
        else
            buf_add(out, text + i, took);
    }
}

/* Most files have no such number, and are not copied. */
static bool has_long_number(const char *text, size_t len)
{
    size_t run = 0;
    for (size_t i = 0; i < len && run < 19; i++)
        run = text[i] >= '0' && text[i] <= '9' ? run + 1 : 0;
    return run >= 19;
}

json_t *json_read_file(const char *path, struct error *err)
{
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    if (!text)
        return NULL;
    if (!has_long_number(text, len))
        return json_parse(text, len, path, err);
    cleanup_buf struct buf folded = BUF_INIT;
    fold_numbers(text, len, &folded);
    return json_parse(str_or(folded.data, ""), folded.len, path, err);
}

int json_write_file(const char *path, const json_t *doc, mode_t mode, bool sync, struct error *err)
{
    if (!doc) /* what is there is worth more than a "null" in its place */
        return error_set(err, EINVAL, "write %s: there is no document", path);
    cleanup_free char *text = json_text(doc);
    return file_write_atomic(path, text, strlen(text), mode, sync, err);
}

json_t *json_text_value(const char *bytes, size_t len)
{
    json_t *plain = json_stringn(bytes, len);
    if (plain)
        return plain;
    cleanup_buf struct buf out = BUF_INIT;
    for (size_t i = 0; i < len;) {
        size_t n = utf8_sequence((const unsigned char *)bytes + i, len - i);
        n ? buf_add(&out, bytes + i, n) : buf_puts(&out, "\xef\xbf\xbd");
        i += n ? n : 1;
    }
    return json_stringn(out.data ? out.data : "", out.len);
}

void cleanup_json_p(json_t **doc) { json_decref(*doc); }
