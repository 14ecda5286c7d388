/* The functions that a template may call, in one table: Go's own and those that Docker adds. */
#include "cli/template_tree.h"

#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool template_truth(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return json_object_size(value) > 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) != 0;
    case JSON_TRUE:
        return true;
    default:
        return false;
    }
}

/* Go's %v of a float64: the shortest digits that give the same number back. */
static void print_real(struct buf *out, double value)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (strchr(text, 'e') && fabs(value) < 1e21 && fabs(value) >= 1e-4)
        snprintf(text, sizeof text, "%.0f", value);
    buf_puts(out, text);
}

static void print_inner(struct buf *out, const json_t *value)
{
    if (json_is_null(value))
        buf_puts(out, "<nil>");
    else
        template_print(out, value);
}

void template_print(struct buf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        buf_puts(out, json_string_value(value));
        return;
    case JSON_INTEGER:
        buf_printf(out, "%lld", (long long)json_integer_value(value));
        return;
    case JSON_REAL:
        print_real(out, json_real_value(value));
        return;
    case JSON_TRUE:
        buf_puts(out, "true");
        return;
    case JSON_FALSE:
        buf_puts(out, "false");
        return;
    case JSON_NULL:
        buf_puts(out, "<no value>");
        return;
    case JSON_ARRAY:
        buf_putc(out, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            buf_puts(out, i ? " " : "");
            print_inner(out, json_array_get(value, i));
        }
        buf_putc(out, ']');
        return;
    case JSON_OBJECT: {
        cleanup_strv char **keys = template_sorted_keys(value);
        buf_puts(out, "map[");
        for (size_t i = 0; keys && keys[i]; i++) {
            buf_printf(out, "%s%s:", i ? " " : "", keys[i]);
            print_inner(out, json_object_get(value, keys[i]));
        }
        buf_putc(out, ']');
        return;
    }
    }
}

static const char *text_of(const json_t *value) { return json_is_string(value) ? json_string_value(value) : ""; }

static json_t *taken(struct buf *buf)
{
    json_t *value = json_text_value(buf->data ? buf->data : "", buf->len);
    buf_free(buf);
    return value;
}

static void *mismatch(struct error *err, const char *message)
{
    error_set(err, EINVAL, "%s", message);
    return NULL;
}

static json_t *run_json(json_t *const *a, size_t n, struct error *err)
{
    (void)n, (void)err;
    char *text = json_dumps(a[0], JSON_COMPACT | JSON_ENCODE_ANY);
    json_t *value = json_string(text ? text : "");
    free(text);
    return value;
}

static json_t *run_len(json_t *const *a, size_t n, struct error *err)
{
    (void)n;
    switch (json_typeof(a[0])) {
    case JSON_STRING:
        return json_integer((json_int_t)json_string_length(a[0]));
    case JSON_ARRAY:
        return json_integer((json_int_t)json_array_size(a[0]));
    case JSON_OBJECT:
        return json_integer((json_int_t)json_object_size(a[0]));
    case JSON_NULL:
        return json_integer(0);
    default:
        return mismatch(err, "len of a value that has none");
    }
}

static json_t *run_index(json_t *const *a, size_t n, struct error *err)
{
    json_t *value = a[0];
    for (size_t i = 1; i < n; i++) {
        if (json_is_array(value)) {
            if (!json_is_integer(a[i]))
                return mismatch(err, "cannot index slice/array with a value that is no number");
            json_int_t at = json_integer_value(a[i]);
            if (at < 0 || (size_t)at >= json_array_size(value)) {
                error_set(err, EINVAL, "index out of range: %lld", (long long)at);
                return NULL;
            }
            value = json_array_get(value, (size_t)at);
        } else if (json_is_object(value)) {
            if (!json_is_string(a[i]))
                return mismatch(err, "value has type int; should be string");
            value = json_object_get(value, json_string_value(a[i]));
        } else if (json_is_null(value) || !value) {
            if (json_is_integer(a[i]))
                return mismatch(err, "index of untyped nil");
            value = NULL;
        } else {
            return mismatch(err, "can't index item of this type");
        }
    }
    return value ? json_incref(value) : json_null();
}

static json_t *run_slice(json_t *const *a, size_t n, struct error *err)
{
    size_t len = json_is_string(a[0]) ? json_string_length(a[0]) : json_array_size(a[0]);
    size_t from = n > 1 ? (size_t)json_integer_value(a[1]) : 0, to = n > 2 ? (size_t)json_integer_value(a[2]) : len;
    if (to > len || from > to) {
        error_set(err, EINVAL, "index out of range: %zu", to > len ? to : from);
        return NULL;
    }
    if (json_is_string(a[0]))
        return json_text_value(json_string_value(a[0]) + from, to - from);
    json_t *part = json_array();
    for (size_t i = from; i < to; i++)
        json_array_append(part, json_array_get(a[0], i));
    return part;
}

static json_t *run_join(json_t *const *a, size_t n, struct error *err)
{
    (void)n;
    struct buf out = BUF_INIT;
    if (!json_is_array(a[0]) && !json_is_null(a[0]))
        return mismatch(err, "wrong type for value; expected []string");
    for (size_t i = 0; i < json_array_size(a[0]); i++) {
        buf_puts(&out, i ? text_of(a[1]) : "");
        template_print(&out, json_array_get(a[0], i));
    }
    return taken(&out);
}

static json_t *run_split(json_t *const *a, size_t n, struct error *err)
{
    (void)n, (void)err;
    json_t *parts = json_array();
    const char *text = text_of(a[0]), *separator = text_of(a[1]);
    size_t step = strlen(separator);
    for (const char *found; step && (found = strstr(text, separator)); text = found + step)
        json_array_append_new(parts, json_text_value(text, (size_t)(found - text)));
    json_array_append_new(parts, json_string(text));
    return parts;
}

static json_t *mapped(const json_t *value, int (*map)(int), bool words)
{
    struct buf out = BUF_INIT;
    char before = ' ';
    for (const char *p = text_of(value); *p; before = *p++)
        buf_putc(&out, words && !isspace((unsigned char)before) ? *p : (char)map((unsigned char)*p));
    return taken(&out);
}

static json_t *run_lower(json_t *const *a, size_t n, struct error *err) { return (void)n, (void)err, mapped(a[0], tolower, false); }
static json_t *run_upper(json_t *const *a, size_t n, struct error *err) { return (void)n, (void)err, mapped(a[0], toupper, false); }
static json_t *run_title(json_t *const *a, size_t n, struct error *err) { return (void)n, (void)err, mapped(a[0], toupper, true); }

static json_t *run_pad(json_t *const *a, size_t n, struct error *err)
{
    (void)n, (void)err;
    struct buf out = BUF_INIT;
    if (*text_of(a[0]))
        buf_printf(&out, "%*s%s%*s", (int)json_integer_value(a[1]), "", text_of(a[0]), (int)json_integer_value(a[2]), "");
    return taken(&out);
}

static json_t *run_truncate(json_t *const *a, size_t n, struct error *err)
{
    (void)n, (void)err;
    size_t len = strlen(text_of(a[0])), most = (size_t)json_integer_value(a[1]);
    return json_text_value(text_of(a[0]), len < most ? len : most);
}

static json_t *run_not(json_t *const *a, size_t n, struct error *err)
{
    return (void)n, (void)err, json_boolean(!template_truth(a[0]));
}

/* and, or are evaluated by the caller, so that they stop early; they stand in the table for their names. */
static json_t *run_logic(json_t *const *a, size_t n, struct error *err) { return (void)err, json_incref(a[n - 1]); }

static bool comparable(const json_t *a, const json_t *b)
{
    if (json_is_number(a) || json_is_boolean(a) || json_is_string(a))
        return json_is_number(a) ? json_is_number(b) : json_is_boolean(a) ? json_is_boolean(b) : json_is_string(b);
    return false;
}

static int compare(const json_t *a, const json_t *b)
{
    if (json_is_string(a))
        return strcmp(json_string_value(a), json_string_value(b));
    double x = json_is_boolean(a) ? json_is_true(a) : json_number_value(a);
    double y = json_is_boolean(b) ? json_is_true(b) : json_number_value(b);
    return (x > y) - (x < y);
}

static json_t *run_eq(json_t *const *a, size_t n, struct error *err)
{
    for (size_t i = 1; i < n; i++) {
        if (json_is_null(a[0]) || json_is_null(a[i])) {
            if (json_is_null(a[0]) && json_is_null(a[i]))
                return json_true();
            continue;
        }
        if (!comparable(a[0], a[i]))
            return mismatch(err, "incompatible types for comparison");
        if (compare(a[0], a[i]) == 0)
            return json_true();
    }
    return json_false();
}

static json_t *run_ne(json_t *const *a, size_t n, struct error *err)
{
    json_t *equal = run_eq(a, n, err);
    return equal ? json_boolean(!json_is_true(equal)) : NULL;
}

static json_t *ordered(json_t *const *a, struct error *err, bool less, bool same)
{
    if (!comparable(a[0], a[1]) || json_is_boolean(a[0]))
        return mismatch(err, "incompatible types for comparison");
    int order = compare(a[0], a[1]);
    return json_boolean(order == 0 ? same : less == (order < 0));
}

static json_t *run_lt(json_t *const *a, size_t n, struct error *err) { return (void)n, ordered(a, err, true, false); }
static json_t *run_le(json_t *const *a, size_t n, struct error *err) { return (void)n, ordered(a, err, true, true); }
static json_t *run_gt(json_t *const *a, size_t n, struct error *err) { return (void)n, ordered(a, err, false, false); }
static json_t *run_ge(json_t *const *a, size_t n, struct error *err) { return (void)n, ordered(a, err, false, true); }

/* Go's Sprint: a space between two values when neither is a string. */
static json_t *run_print(json_t *const *a, size_t n, struct error *err)
{
    (void)err;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        if (i && !json_is_string(a[i]) && !json_is_string(a[i - 1]))
            buf_putc(&out, ' ');
        print_inner(&out, a[i]);
    }
    return taken(&out);
}

static json_t *run_println(json_t *const *a, size_t n, struct error *err)
{
    (void)err;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        buf_puts(&out, i ? " " : "");
        print_inner(&out, a[i]);
    }
    buf_putc(&out, '\n');
    return taken(&out);
}

static void print_value(struct buf *out, const char *spec, size_t len, char verb, const json_t *value)
{
    cleanup_free char *flags = xstrndup(spec, len);
    cleanup_free char *format = NULL;
    cleanup_buf struct buf text = BUF_INIT;
    if (strchr("dxXoc", verb) && json_is_integer(value)) {
        format = str_format("%s%s%c", flags, verb == 'c' ? "" : "ll", verb);
    } else if (strchr("feEgG", verb) && json_is_number(value)) {
        format = str_format("%s%c", flags, verb);
    } else {
        if (verb == 'q')
            buf_printf(&text, "\"%s\"", text_of(value));
        else if (strchr("svt", verb))
            print_inner(&text, value);
        else
            buf_printf(&text, "%%!%c", verb);
        format = str_format("%ss", flags);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    cleanup_free char *printed = strchr("feEgG", verb) && json_is_number(value) ? str_format(format, json_number_value(value))
                                 : strchr("dxXoc", verb) && json_is_integer(value)
                                     ? str_format(format, (long long)json_integer_value(value))
                                     : str_format(format, text.data ? text.data : "");
#pragma GCC diagnostic pop
    buf_puts(out, printed);
}

/* The format is taken apart here; what reaches printf(3) is flags, a bounded width, and a verb that fits the value. */
static json_t *run_printf(json_t *const *a, size_t n, struct error *err)
{
    (void)err;
    struct buf out = BUF_INIT;
    size_t next = 1;
    for (const char *p = text_of(a[0]); *p; p++) {
        if (*p != '%' || p[1] == '%' || !p[1]) {
            buf_putc(&out, *p);
            p += *p == '%' && p[1] == '%';
            continue;
        }
        size_t len = 1 + strspn(p + 1, "-+ 0#.123456789");
        char verb = p[len];
        if (!verb)
            break;
        if (next >= n)
            buf_printf(&out, "%%!%c(MISSING)", verb);
        else
            print_value(&out, p, len > 8 ? 1 : len, verb, a[next++]);
        p += len;
    }
    return taken(&out);
}

static json_t *run_html(json_t *const *a, size_t n, struct error *err)
{
    (void)n, (void)err;
    struct buf text = BUF_INIT, out = BUF_INIT;
    template_print(&text, a[0]);
    for (const char *p = text.data ? text.data : ""; *p; p++)
        switch (*p) {
        case '<':
            buf_puts(&out, "&lt;");
            break;
        case '>':
            buf_puts(&out, "&gt;");
            break;
        case '&':
            buf_puts(&out, "&amp;");
            break;
        case '"':
            buf_puts(&out, "&#34;");
            break;
        case '\'':
            buf_puts(&out, "&#39;");
            break;
        default:
            buf_putc(&out, *p);
        }
    buf_free(&text);
    return taken(&out);
}

static const struct template_function FUNCTIONS[] = {
    {"and", 1, -1, run_logic},   {"or", 1, -1, run_logic},      {"not", 1, 1, run_not},
    {"eq", 2, -1, run_eq},       {"ne", 2, 2, run_ne},          {"lt", 2, 2, run_lt},
    {"le", 2, 2, run_le},        {"gt", 2, 2, run_gt},          {"ge", 2, 2, run_ge},
    {"len", 1, 1, run_len},      {"index", 1, -1, run_index},   {"slice", 1, 3, run_slice},
    {"print", 0, -1, run_print}, {"printf", 1, -1, run_printf}, {"println", 0, -1, run_println},
    {"html", 1, 1, run_html},    {"json", 1, 1, run_json},      {"join", 2, 2, run_join},
    {"split", 2, 2, run_split},  {"lower", 1, 1, run_lower},    {"upper", 1, 1, run_upper},
    {"title", 1, 1, run_title},  {"pad", 3, 3, run_pad},        {"truncate", 2, 2, run_truncate},
};

const struct template_function *template_function_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
        if (str_equal(FUNCTIONS[i].name, name))
            return &FUNCTIONS[i];
    return NULL;
}
