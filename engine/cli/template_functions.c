/* The functions that a template may call, in one table: Go's own and those that Docker adds. */
#include "cli/template_tree.h"

#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct go_value NONE = {NULL, &go_invalid};
typedef const struct go_value *args;

static const char *text_of(struct go_value value) { return json_is_string(value.json) ? json_string_value(value.json) : ""; }
static struct go_value boolean(bool value) { return (struct go_value){json_boolean(value), &go_bool}; }
static struct go_value integer(json_int_t value) { return (struct go_value){json_integer(value), &go_int}; }

static struct go_value taken(struct buf *buf)
{
    struct go_value value = {json_text_value(buf->data ? buf->data : "", buf->len), &go_string};
    buf_free(buf);
    return value;
}

static struct go_value fault(struct error *err, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    cleanup_free char *text = str_vformat(format, list);
    va_end(list);
    error_set(err, EINVAL, "%s", text);
    return NONE;
}

/* Through interfaces and pointers, as Go's `indirect`. */
static struct go_value reached(struct go_value value)
{
    value = go_solid(value);
    if (value.type->kind == GO_POINTER && !json_is_null(value.json))
        value.type = value.type->element;
    return value;
}

static struct go_value run_json(args a, size_t n, struct error *err)
{
    (void)n, (void)err;
    cleanup_free char *text = template_json(a[0]);
    return (struct go_value){json_string(text), &go_string};
}

static struct go_value run_len(args a, size_t n, struct error *err)
{
    (void)n;
    struct go_value value = reached(a[0]);
    switch (value.type->kind) {
    case GO_STRING:
    case GO_NUMBER: {
        cleanup_buf struct buf text = BUF_INIT;
        template_print(&text, value, true);
        return integer((json_int_t)text.len);
    }
    case GO_LIST:
        return integer((json_int_t)json_array_size(value.json));
    case GO_MAP:
        return integer((json_int_t)json_object_size(value.json));
    case GO_INVALID:
    case GO_ANY:
    case GO_POINTER:
        return fault(err, "len of nil pointer");
    default:
        return fault(err, "len of type %s", value.type->name);
    }
}

/* An index into something of `len` elements, or -1 with the error set. */
static json_int_t index_of(struct go_value index, size_t len, struct error *err)
{
    index = go_solid(index);
    if (index.type->kind != GO_INT) {
        if (go_is_nil(index))
            fault(err, "cannot index slice/array with nil");
        else
            fault(err, "cannot index slice/array with type %s", index.type->name);
        return -1;
    }
    json_int_t at = json_integer_value(index.json);
    if (at >= 0 && (size_t)at <= len)
        return at;
    fault(err, "index out of range: %lld", (long long)at);
    return -1;
}

static struct go_value index_list(struct go_value list, struct go_value index, struct error *err)
{
    bool text = json_is_string(list.json);
    size_t len = text ? json_string_length(list.json) : json_array_size(list.json);
    json_int_t at = index_of(index, len, err);
    if (at < 0)
        return NONE;
    if ((size_t)at == len)
        return fault(err, "reflect: %s index out of range", text ? "string" : "slice");
    if (text)
        return integer((unsigned char)json_string_value(list.json)[at]);
    struct go_value element = go_element(&list, json_array_get(list.json, (size_t)at));
    json_incref(element.json);
    return element;
}

static struct go_value index_map(struct go_value map, struct go_value index, struct error *err)
{
    index = go_solid(index);
    if (go_is_nil(index))
        return fault(err, "value is nil; should be of type string");
    if (index.type->kind != GO_STRING || map.type->key)
        return fault(err, "value has type %s; should be %s", index.type->name, map.type->key ? map.type->key : "string");
    json_t *found = json_object_get(map.json, json_string_value(index.json));
    struct go_value element = go_element(&map, found);
    element.json = found ? json_incref(found) : go_zero(element.type);
    return element;
}

static struct go_value run_index(args a, size_t n, struct error *err)
{
    struct go_value value = {json_incref(a[0].json), a[0].type};
    if (go_solid(value).type->kind == GO_INVALID || (value.type->kind == GO_ANY && json_is_null(value.json))) {
        json_decref(value.json);
        return fault(err, "index of untyped nil");
    }
    for (size_t i = 1; value.json && i < n; i++) {
        struct go_value item = reached(value), next = NONE;
        if (item.type->kind == GO_ANY || item.type->kind == GO_POINTER)
            fault(err, "index of nil pointer");
        else if (item.type->kind == GO_LIST || item.type->kind == GO_STRING)
            next = index_list(item, a[i], err);
        else if (item.type->kind == GO_MAP)
            next = index_map(item, a[i], err);
        else
            fault(err, "can't index item of type %s", item.type->name);
        json_decref(value.json);
        value = next;
    }
    return value;
}

static struct go_value run_slice(args a, size_t n, struct error *err)
{
    struct go_value item = reached(a[0]);
    bool text = item.type->kind == GO_STRING;
    size_t len = text ? json_string_length(item.json) : json_array_size(item.json);
    json_int_t ends[3] = {0, (json_int_t)len, (json_int_t)len};
    if (go_is_nil(item) && item.type->kind != GO_LIST)
        return fault(err, "slice of untyped nil");
    if (n > 4)
        return fault(err, "too many slice indexes: %zu", n - 1);
    if (text && n == 4)
        return fault(err, "cannot 3-index slice a string");
    if (!text && item.type->kind != GO_LIST)
        return fault(err, "can't slice item of type %s", item.type->name);
    for (size_t i = 1; i < n; i++)
        if ((ends[i - 1] = index_of(a[i], len, err)) < 0)
            return NONE;
    for (size_t i = 0; i < (n == 4 ? 2U : 1U); i++)
        if (ends[i] > ends[i + 1])
            return fault(err, "invalid slice index: %lld > %lld", (long long)ends[i], (long long)ends[i + 1]);
    if (text)
        return (struct go_value){json_text_value(json_string_value(item.json) + ends[0], (size_t)(ends[1] - ends[0])), &go_string};
    json_t *part = json_array();
    for (json_int_t i = ends[0]; i < ends[1]; i++)
        json_array_append(part, json_array_get(item.json, (size_t)i));
    return (struct go_value){part, item.type};
}

static struct go_value run_join(args a, size_t n, struct error *err)
{
    (void)n, (void)err;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < json_array_size(a[0].json) && out.len < TEMPLATE_TEXT_MOST; i++) {
        buf_puts(&out, i ? text_of(a[1]) : "");
        buf_puts(&out, json_string_value(json_array_get(a[0].json, i)));
    }
    return taken(&out);
}

static struct go_value run_split(args a, size_t n, struct error *err)
{
    (void)n, (void)err;
    json_t *parts = json_array();
    const char *text = text_of(a[0]), *separator = text_of(a[1]);
    size_t step = strlen(separator);
    for (const char *found; step && (found = strstr(text, separator)); text = found + step)
        json_array_append_new(parts, json_text_value(text, (size_t)(found - text)));
    for (size_t len; !step && *text; text += len) { /* no separator: every character */
        len = utf8_sequence((const unsigned char *)text, strlen(text));
        len = len ? len : 1;
        json_array_append_new(parts, json_text_value(text, len));
    }
    if (step)
        json_array_append_new(parts, json_string(text));
    return (struct go_value){parts, &go_strings};
}

static struct go_value mapped(struct go_value value, int (*map)(int), bool words)
{
    struct buf out = BUF_INIT;
    char before = ' ';
    for (const char *p = text_of(value); *p; before = *p++) {
        bool inside = isalnum((unsigned char)before) || before == '_' || before == '\'' || (before & 0x80);
        bool kept = (words && inside) || (*p & 0x80);
        buf_putc(&out, kept ? *p : (char)map((unsigned char)*p));
    }
    return taken(&out);
}

static struct go_value run_lower(args a, size_t n, struct error *err) { return (void)n, (void)err, mapped(a[0], tolower, false); }
static struct go_value run_upper(args a, size_t n, struct error *err) { return (void)n, (void)err, mapped(a[0], toupper, false); }
static struct go_value run_title(args a, size_t n, struct error *err) { return (void)n, (void)err, mapped(a[0], toupper, true); }

static struct go_value run_pad(args a, size_t n, struct error *err)
{
    (void)n;
    struct buf out = BUF_INIT;
    json_int_t before = json_integer_value(a[1].json), after = json_integer_value(a[2].json);
    if (before < 0 || after < 0)
        return fault(err, "strings: negative Repeat count");
    if (before > TEMPLATE_TEXT_MOST || after > TEMPLATE_TEXT_MOST)
        return fault(err, "that is more than %d spaces", TEMPLATE_TEXT_MOST);
    if (*text_of(a[0]))
        buf_printf(&out, "%*s%s%*s", (int)before, "", text_of(a[0]), (int)after, "");
    return taken(&out);
}

static struct go_value run_truncate(args a, size_t n, struct error *err)
{
    (void)n;
    size_t len = strlen(text_of(a[0]));
    json_int_t most = json_integer_value(a[1].json);
    if (most < 0)
        return fault(err, "runtime error: slice bounds out of range [:%lld]", (long long)most);
    return (struct go_value){json_text_value(text_of(a[0]), (size_t)most < len ? (size_t)most : len), &go_string};
}

static struct go_value run_not(args a, size_t n, struct error *err) { return (void)n, (void)err, boolean(!go_truth(a[0])); }

/* and, or are evaluated by the caller, so that they stop early; they stand in the table for their names. */
static struct go_value run_logic(args a, size_t n, struct error *err)
{
    (void)err;
    return (struct go_value){json_incref(a[n - 1].json), a[n - 1].type};
}

/* Kinds that Go compares: 0 for what is none of them. */
static char basic_kind(struct go_value value)
{
    switch (go_solid(value).type->kind) {
    case GO_BOOL:
        return 'b';
    case GO_INT:
        return 'i';
    case GO_FLOAT:
        return 'f';
    case GO_STRING:
    case GO_NUMBER:
        return 's';
    default:
        return 0;
    }
}

static int compare(struct go_value x, struct go_value y, char kind)
{
    if (kind == 's') {
        cleanup_buf struct buf a = BUF_INIT, b = BUF_INIT;
        template_print(&a, x, true);
        template_print(&b, y, true);
        return strcmp(a.data ? a.data : "", b.data ? b.data : "");
    }
    if (kind == 'i') {
        json_int_t a = json_integer_value(x.json), b = json_integer_value(y.json);
        return (a > b) - (a < b);
    }
    double a = kind == 'b' ? json_is_true(x.json) : json_number_value(x.json);
    double b = kind == 'b' ? json_is_true(y.json) : json_number_value(y.json);
    return (a > b) - (a < b);
}

/* 1 equal, 0 not, -1 with the error set. */
static int equal(struct go_value x, struct go_value y, struct error *err)
{
    char kind = basic_kind(x), other = basic_kind(y);
    bool nils = go_is_nil(x) || go_is_nil(y);
    bool untyped = go_solid(x).type->kind <= GO_ANY || go_solid(y).type->kind <= GO_ANY;
    if (kind != other && !untyped)
        return fault(err, "incompatible types for comparison"), -1;
    if (kind != other || (!kind && nils))
        return go_is_nil(x) == go_is_nil(y);
    if (kind)
        return compare(x, y, kind) == 0;
    enum go_kind inner = go_solid(x).type->kind;
    if (inner == GO_LIST || inner == GO_MAP) {
        cleanup_buf struct buf text = BUF_INIT;
        template_print(&text, y, true);
        return fault(err, "non-comparable type %s: %s", text.data ? text.data : "", go_solid(y).type->name), -1;
    }
    return json_equal(x.json, y.json);
}

static struct go_value run_eq(args a, size_t n, struct error *err)
{
    int same = 0;
    if (n < 2)
        return fault(err, "missing argument for comparison");
    for (size_t i = 1; i < n && same == 0; i++)
        same = equal(a[0], a[i], err);
    return same < 0 ? NONE : boolean(same);
}

static struct go_value run_ne(args a, size_t n, struct error *err)
{
    (void)n;
    int same = equal(a[0], a[1], err);
    return same < 0 ? NONE : boolean(!same);
}

static struct go_value ordered(args a, struct error *err, bool less, bool same)
{
    char kind = basic_kind(a[0]), other = basic_kind(a[1]);
    if (!kind || !other || kind == 'b')
        return fault(err, !kind || !other || kind == other ? "invalid type for comparison" : "incompatible types for comparison");
    if (kind != other)
        return fault(err, "incompatible types for comparison");
    int order = compare(a[0], a[1], kind);
    return boolean(order == 0 ? same : less == (order < 0));
}

static struct go_value run_lt(args a, size_t n, struct error *err) { return (void)n, ordered(a, err, true, false); }
static struct go_value run_le(args a, size_t n, struct error *err) { return (void)n, ordered(a, err, true, true); }
static struct go_value run_gt(args a, size_t n, struct error *err) { return (void)n, ordered(a, err, false, false); }
static struct go_value run_ge(args a, size_t n, struct error *err) { return (void)n, ordered(a, err, false, true); }

/* Go's Sprint: a space between two values when neither is a string. */
static void print_all(args a, size_t n, bool lines, struct buf *out)
{
    for (size_t i = 0; i < n && out->len < TEMPLATE_TEXT_MOST; i++) {
        bool strings = go_solid(a[i]).type->kind == GO_STRING || (i && go_solid(a[i - 1]).type->kind == GO_STRING);
        if (i && (lines || !strings))
            buf_putc(out, ' ');
        template_print(out, a[i], true);
    }
    if (lines)
        buf_putc(out, '\n');
}

static struct go_value run_print(args a, size_t n, struct error *err)
{
    (void)err;
    struct buf out = BUF_INIT;
    print_all(a, n, false, &out);
    return taken(&out);
}

static struct go_value run_println(args a, size_t n, struct error *err)
{
    (void)err;
    struct buf out = BUF_INIT;
    print_all(a, n, true, &out);
    return taken(&out);
}

static struct go_value run_printf(args a, size_t n, struct error *err)
{
    (void)err;
    struct buf out = BUF_INIT;
    template_printf(&out, text_of(a[0]), a + 1, n - 1);
    return taken(&out);
}

/* Each character by `escape`, which writes nothing for those that stay as they are. */
static struct go_value escaped(args a, size_t n, bool (*escape)(struct buf *out, unsigned char c))
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    print_all(a, n, false, &text);
    for (const char *p = text.data ? text.data : ""; *p; p++)
        if (!escape(&out, (unsigned char)*p))
            buf_putc(&out, *p);
    buf_free(&text);
    return taken(&out);
}

static bool escape_html(struct buf *out, unsigned char c)
{
    static const char *const names[] = {['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&#34;", ['\''] = "&#39;"};
    if (c >= ARRAY_LEN(names) || !names[c])
        return false;
    buf_puts(out, names[c]);
    return true;
}

static bool escape_js(struct buf *out, unsigned char c)
{
    if (strchr("\\'\"", c))
        buf_printf(out, "\\%c", c);
    else if (c < ' ' || strchr("<>&=", c))
        buf_printf(out, "\\u%04X", c);
    else
        return false;
    return true;
}

static bool escape_query(struct buf *out, unsigned char c)
{
    if (isalnum(c) || strchr("-_.~", c))
        return false;
    if (c == ' ')
        buf_putc(out, '+');
    else
        buf_printf(out, "%%%02X", c);
    return true;
}

static struct go_value run_html(args a, size_t n, struct error *err) { return (void)err, escaped(a, n, escape_html); }
static struct go_value run_js(args a, size_t n, struct error *err) { return (void)err, escaped(a, n, escape_js); }
static struct go_value run_urlquery(args a, size_t n, struct error *err) { return (void)err, escaped(a, n, escape_query); }

/* No document holds a function. */
static struct go_value run_call(args a, size_t n, struct error *err)
{
    (void)n;
    if (go_is_nil(a[0]))
        return fault(err, "call of nil");
    return fault(err, "non-function of type %s", go_solid(a[0]).type->name);
}

static const struct template_function FUNCTIONS[] = {
    {"and", "v", 1, -1, run_logic},
    {"call", "v", 1, -1, run_call},
    {"eq", "v", 1, -1, run_eq},
    {"ge", "v", 2, 2, run_ge},
    {"gt", "v", 2, 2, run_gt},
    {"html", "v", 0, -1, run_html},
    {"index", "v", 1, -1, run_index},
    {"join", "ls", 2, 2, run_join},
    {"js", "v", 0, -1, run_js},
    {"json", "v", 1, 1, run_json},
    {"le", "v", 2, 2, run_le},
    {"len", "v", 1, 1, run_len},
    {"lower", "s", 1, 1, run_lower},
    {"lt", "v", 2, 2, run_lt},
    {"ne", "v", 2, 2, run_ne},
    {"not", "v", 1, 1, run_not},
    {"or", "v", 1, -1, run_logic},
    {"pad", "sii", 3, 3, run_pad},
    {"print", "v", 0, -1, run_print},
    {"printf", "sv", 1, -1, run_printf},
    {"println", "v", 0, -1, run_println},
    {"slice", "v", 1, -1, run_slice},
    {"split", "ss", 2, 2, run_split},
    {"title", "s", 1, 1, run_title},
    {"truncate", "si", 2, 2, run_truncate},
    {"upper", "s", 1, 1, run_upper},
    {"urlquery", "v", 0, -1, run_urlquery},
};

const struct template_function *template_function_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
        if (str_equal(FUNCTIONS[i].name, name))
            return &FUNCTIONS[i];
    return NULL;
}
