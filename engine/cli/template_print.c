/* Values as Go's fmt prints them: %v for what a template writes, every verb for printf, and the text of `json`.
 * Behaviour: pkg.go.dev/fmt. */
#include "cli/template_tree.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDEST = 1000000 }; /* as in Go */

/* "%-+# 08.3x": one directive. -1: not given. */
struct spec {
    bool minus, plus, sharp, space, zero;
    int width, precision;
    char verb;
};

static void print_value(struct buf *out, const struct spec *spec, struct go_value value, int depth);

static const struct spec PLAIN = {.width = -1, .precision = -1, .verb = 'v'};

void template_print(struct buf *out, struct go_value value, bool top) { print_value(out, &PLAIN, value, top ? 0 : 1); }

static size_t runes(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xC0) != 0x80;
    return count;
}

static void pad(struct buf *out, const struct spec *spec, const char *text)
{
    int gap = spec->width - (int)runes(text);
    if (gap < 0 || spec->minus)
        buf_puts(out, text);
    for (int i = 0; i < gap; i++)
        buf_putc(out, spec->zero && !spec->minus ? '0' : ' ');
    if (gap >= 0 && !spec->minus)
        buf_puts(out, text);
}

char *template_quoted(const char *text, size_t len, char quote)
{
    static const char from[] = "\a\b\f\n\r\t\v\\", to[] = "abfnrtv\\";
    struct buf out = BUF_INIT;
    buf_putc(&out, quote);
    for (size_t i = 0; i < len; i++) {
        const char *found = text[i] ? strchr(from, text[i]) : NULL;
        if (found)
            buf_printf(&out, "\\%c", to[found - from]);
        else if (text[i] == quote)
            buf_printf(&out, "\\%c", quote);
        else if ((unsigned char)text[i] < ' ' || text[i] == 127)
            buf_printf(&out, "\\x%02x", (unsigned char)text[i]);
        else
            buf_putc(&out, text[i]);
    }
    buf_putc(&out, quote);
    return buf_take(&out);
}

static void bad_verb(struct buf *out, const struct spec *spec, struct go_value value)
{
    buf_printf(out, "%%!%c(", spec->verb);
    if (value.type->kind <= GO_ANY) {
        buf_puts(out, "<nil>");
    } else {
        buf_printf(out, "%s=", value.type->name);
        struct spec plain = *spec;
        plain.verb = 'v';
        print_value(out, &plain, value, 0);
    }
    buf_putc(out, ')');
}

static void print_hex(struct buf *out, const struct spec *spec, const char *text)
{
    cleanup_buf struct buf digits = BUF_INIT;
    size_t len = strlen(text);
    if (spec->precision >= 0 && (size_t)spec->precision < len)
        len = (size_t)spec->precision;
    buf_puts(&digits, spec->sharp && len ? (spec->verb == 'x' ? "0x" : "0X") : "");
    for (size_t i = 0; i < len; i++)
        buf_printf(&digits, spec->verb == 'x' ? "%s%02x" : "%s%02X", spec->space && i ? " " : "", (unsigned char)text[i]);
    pad(out, spec, digits.data);
}

static void print_text(struct buf *out, const struct spec *spec, struct go_value value, const char *text)
{
    size_t len = 0;
    for (int count = 0; text[len] && (spec->precision < 0 || count < spec->precision); count++)
        for (len++; (text[len] & 0xC0) == 0x80;)
            len++;
    cleanup_free char *cut = xstrndup(text, len), *quoted = NULL;
    switch (spec->verb) {
    case 'v':
        if (spec->sharp)
            quoted = template_quoted(cut, len, '"');
        pad(out, spec, quoted ? quoted : cut);
        break;
    case 's':
        pad(out, spec, cut);
        break;
    case 'q':
        quoted = spec->sharp && !strchr(cut, '`') ? str_format("`%s`", cut) : template_quoted(cut, len, '"');
        pad(out, spec, quoted);
        break;
    case 'x':
    case 'X':
        print_hex(out, spec, text);
        break;
    default:
        bad_verb(out, spec, value);
    }
}

static void put_rune(struct buf *out, long long code)
{
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        code = 0xFFFD;
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    buf_putc(out, (char)(lead[more] | code >> 6 * more));
    while (more--)
        buf_putc(out, (char)(0x80 | (code >> 6 * more & 0x3F)));
}

/* Digits of a whole number with sign, prefix, zeros and width. */
static void print_digits(struct buf *out, const struct spec *spec, long long number, unsigned base, const char *prefix)
{
    char digits[72], *p = digits + sizeof digits - 1;
    unsigned long long rest = number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
    cleanup_buf struct buf text = BUF_INIT;
    *p = '\0';
    do
        *--p = "0123456789abcdef"[rest % base];
    while (rest /= base);
    for (char *c = p; spec->verb == 'X' && *c; c++)
        *c = (char)toupper((unsigned char)*c);
    const char *sign = number < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
    int least = spec->precision;
    if (spec->zero && !spec->minus && spec->width > 0 && least < 0)
        least = spec->width - (int)strlen(sign) - (int)strlen(prefix);
    buf_printf(&text, "%s%s", sign, prefix);
    for (int i = (int)strlen(p); i < least; i++)
        buf_putc(&text, '0');
    buf_puts(&text, spec->precision == 0 && !number ? "" : p);
    struct spec spaces = *spec;
    spaces.zero = false;
    pad(out, &spaces, text.data);
}

static void print_int(struct buf *out, const struct spec *spec, struct go_value value)
{
    long long number = json_integer_value(value.json);
    cleanup_buf struct buf text = BUF_INIT;
    switch (spec->verb) {
    case 'v':
    case 'd':
        print_digits(out, spec, number, 10, "");
        break;
    case 'b':
        print_digits(out, spec, number, 2, spec->sharp ? "0b" : "");
        break;
    case 'o':
    case 'O':
        print_digits(out, spec, number, 8, spec->verb == 'O' ? "0o" : spec->sharp ? "0" : "");
        break;
    case 'x':
    case 'X':
        print_digits(out, spec, number, 16, !spec->sharp ? "" : spec->verb == 'x' ? "0x" : "0X");
        break;
    case 'c':
        put_rune(&text, number);
        pad(out, spec, text.data);
        break;
    case 'q': {
        put_rune(&text, number);
        cleanup_free char *quoted = template_quoted(text.data, text.len, '\'');
        pad(out, spec, quoted);
        break;
    }
    case 'U':
        buf_printf(&text, "U+%04llX", (unsigned long long)number);
        if (spec->sharp) {
            buf_puts(&text, " '");
            put_rune(&text, number);
            buf_putc(&text, '\'');
        }
        pad(out, spec, text.data);
        break;
    default:
        bad_verb(out, spec, value);
    }
}

/* The shortest digits that give the same number back, with an exponent below 1e-4 and from 1e6 on. */
static char *shortest(double number)
{
    char text[64];
    int digits = 1;
    for (; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    int exponent = atoi(strchr(text, 'e') ? strchr(text, 'e') + 1 : "0");
    if (exponent < -4 || exponent >= 6)
        return xstrdup(text);
    int after = digits - 1 - exponent;
    return str_format("%.*f", after > 0 ? after : 0, number);
}

static void print_float(struct buf *out, const struct spec *spec, struct go_value value)
{
    double number = json_real_value(value.json);
    char verb = spec->verb == 'v' ? 'g' : spec->verb;
    cleanup_free char *text = NULL;
    if (!strchr("gGeEfF", verb)) {
        bad_verb(out, spec, value);
        return;
    }
    int precision = spec->precision > 100 ? 100 : spec->precision;
    if ((verb == 'g' || verb == 'G') && precision < 0)
        text = shortest(number);
    else if (verb == 'g' || verb == 'G')
        text = str_format("%.*g", precision, number);
    else if (verb == 'e' || verb == 'E')
        text = str_format("%.*e", precision < 0 ? 6 : precision, number);
    else
        text = str_format("%.*f", precision < 0 ? 6 : precision, number);
    for (char *p = text; (verb == 'E' || verb == 'G') && *p; p++)
        *p = (char)toupper((unsigned char)*p);
    bool negative = *text == '-';
    const char *sign = negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
    struct spec inner = *spec;
    cleanup_free char *whole = str_format("%s%s", sign, text + negative);
    if (spec->zero && !spec->minus && *sign) {
        buf_puts(out, sign);
        inner.width -= 1;
        pad(out, &inner, text + negative);
    } else {
        pad(out, &inner, whole);
    }
}

/* time.Time: "2026-11-21 13:59:41.367304595 +0000 UTC" */
static void print_time(struct buf *out, const struct spec *spec, struct go_value value)
{
    const char *text = json_string_value(value.json), *dot = text ? strchr(text, '.') : NULL;
    int64_t ns = 0;
    struct tm tm;
    char date[64], shown[128];
    if (!text || str_equal(text, CLOCK_ZERO) || !clock_parse(text, &ns)) {
        pad(out, spec, "0001-01-01 00:00:00 +0000 UTC");
        return;
    }
    time_t seconds = (time_t)(ns / 1000000000);
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
    int fraction = dot ? 1 + (int)strspn(dot + 1, "0123456789") : 0;
    snprintf(shown, sizeof shown, "%s%.*s +0000 UTC", date, fraction > 12 ? 0 : fraction, dot ? dot : "");
    pad(out, spec, shown);
}

static void print_fields(struct buf *out, const struct spec *spec, struct go_value value, int depth)
{
    buf_putc(out, '{');
    for (const struct go_field *field = value.type->fields; field && field->name; field++) {
        struct go_value inner;
        if (field != value.type->fields)
            buf_putc(out, ' ');
        if (spec->plus)
            buf_printf(out, "%s:", field->name);
        if (!go_struct_field(value, field->name, &inner))
            continue;
        print_value(out, spec, inner, depth + 1);
        json_decref(inner.json);
    }
    buf_putc(out, '}');
}

static void print_map(struct buf *out, const struct spec *spec, struct go_value value, int depth)
{
    cleanup_strv char **keys = template_sorted_keys(value.json);
    buf_puts(out, "map[");
    for (size_t i = 0; keys && keys[i]; i++) {
        cleanup_json json_t *key = json_string(keys[i]);
        buf_puts(out, i ? " " : "");
        print_value(out, spec, (struct go_value){key, &go_string}, depth + 1);
        buf_putc(out, ':');
        print_value(out, spec, go_element(&value, json_object_get(value.json, keys[i])), depth + 1);
    }
    buf_putc(out, ']');
}

static void print_list(struct buf *out, const struct spec *spec, struct go_value value, int depth)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < json_array_size(value.json); i++) {
        buf_puts(out, i ? " " : "");
        print_value(out, spec, go_element(&value, json_array_get(value.json, i)), depth + 1);
    }
    buf_putc(out, ']');
}

/* A pointer prints as what it points at, with & before it in Go's own fmt, where it stands alone; within other values it is an
 * address, which means nothing here and is always the same. */
static void print_pointer(struct buf *out, const struct spec *spec, struct go_value value, int depth)
{
    struct go_value target = {value.json, value.type->element};
    if (json_is_null(value.json))
        spec->verb == 'v' ? pad(out, spec, "<nil>") : bad_verb(out, spec, value);
    else if (depth == 0)
        print_value(out, spec, target, 0);
    else
        pad(out, spec, "0xc000000000");
}

static void print_value(struct buf *out, const struct spec *spec, struct go_value value, int depth)
{
    value = go_solid(value);
    if (spec->verb == 'T') {
        pad(out, spec, value.type->kind <= GO_ANY ? "<nil>" : value.type->name);
        return;
    }
    switch (value.type->kind) {
    case GO_INVALID:
    case GO_ANY:
        spec->verb == 'v' ? pad(out, spec, "<nil>") : bad_verb(out, spec, value);
        break;
    case GO_NUMBER: {
        cleanup_free char *text = json_dumps(value.json, JSON_ENCODE_ANY);
        print_text(out, spec, value, text ? text : "");
        break;
    }
    case GO_STRING:
        print_text(out, spec, value, json_string_value(value.json) ? json_string_value(value.json) : "");
        break;
    case GO_INT:
        print_int(out, spec, value);
        break;
    case GO_FLOAT:
        print_float(out, spec, value);
        break;
    case GO_BOOL:
        strchr("vt", spec->verb) ? pad(out, spec, json_is_true(value.json) ? "true" : "false") : bad_verb(out, spec, value);
        break;
    case GO_TIME:
        print_time(out, spec, value);
        break;
    case GO_LIST:
        print_list(out, spec, value, depth);
        break;
    case GO_MAP:
        print_map(out, spec, value, depth);
        break;
    case GO_STRUCT:
        print_fields(out, spec, value, depth);
        break;
    case GO_POINTER:
        print_pointer(out, spec, value, depth);
        break;
    }
}

/* State of one printf: which argument is next. */
struct arguments {
    const struct go_value *list;
    size_t count, next;
    bool reordered, bad_index;
};

static void read_index(const char **p, struct arguments *arguments)
{
    if (**p != '[')
        return;
    char *end;
    unsigned long at = strtoul(*p + 1, &end, 10);
    arguments->reordered = true;
    arguments->bad_index = *end != ']' || end == *p + 1 || at < 1 || at > arguments->count;
    if (!arguments->bad_index)
        arguments->next = at - 1;
    const char *close = strchr(*p, ']');
    *p = close ? close + 1 : *p + 1;
}

/* "12" or "*"; -1 when there is none. */
static int read_number(struct buf *out, const char **p, struct arguments *arguments, const char *bad)
{
    if (**p == '*') {
        (*p)++;
        struct go_value value = {NULL, &go_invalid};
        if (arguments->next < arguments->count)
            value = arguments->list[arguments->next++];
        json_int_t number = json_integer_value(value.json);
        if (value.json && go_solid(value).type->kind == GO_INT && number >= -WIDEST && number <= WIDEST)
            return (int)number;
        buf_puts(out, bad);
        return -1;
    }
    long number = -1;
    for (; isdigit((unsigned char)**p); (*p)++)
        number = number > WIDEST ? number : (number < 0 ? 0 : number) * 10 + (**p - '0');
    return number > WIDEST ? -1 : (int)number;
}

static void read_flags(const char **p, struct spec *spec)
{
    for (;; (*p)++)
        switch (**p) {
        case '-':
            spec->minus = true;
            break;
        case '+':
            spec->plus = true;
            break;
        case '#':
            spec->sharp = true;
            break;
        case ' ':
            spec->space = true;
            break;
        case '0':
            spec->zero = true;
            break;
        default:
            return;
        }
}

/* One directive; `p` stands behind the percent sign. Returns where the text goes on. */
static const char *print_directive(struct buf *out, const char *p, struct arguments *arguments)
{
    struct spec spec = PLAIN;
    arguments->bad_index = false;
    read_flags(&p, &spec);
    read_index(&p, arguments);
    spec.width = read_number(out, &p, arguments, "%!(BADWIDTH)");
    if (spec.width < -1) {
        spec.width = -spec.width;
        spec.minus = true;
    }
    if (*p == '.') {
        p++;
        read_index(&p, arguments);
        spec.precision = read_number(out, &p, arguments, "%!(BADPREC)");
        spec.precision = spec.precision < 0 && p[-1] != '*' ? 0 : spec.precision;
    }
    read_index(&p, arguments);
    spec.verb = *p;
    if (!*p)
        buf_puts(out, "%!(NOVERB)");
    else if (*p == '%')
        buf_putc(out, '%');
    else if (arguments->bad_index)
        buf_printf(out, "%%!%c(BADINDEX)", *p);
    else if (arguments->next >= arguments->count)
        buf_printf(out, "%%!%c(MISSING)", *p);
    else
        print_value(out, &spec, arguments->list[arguments->next++], 0);
    return *p ? p + 1 : p;
}

void template_printf(struct buf *out, const char *format, const struct go_value *list, size_t count)
{
    struct arguments arguments = {.list = list, .count = count};
    while (*format && out->len < TEMPLATE_TEXT_MOST) {
        size_t plain = strcspn(format, "%");
        buf_add(out, format, plain);
        format += plain;
        if (*format)
            format = print_directive(out, format + 1, &arguments);
    }
    if (arguments.reordered || arguments.next >= count)
        return;
    buf_puts(out, "%!(EXTRA ");
    for (size_t i = arguments.next; i < count; i++) {
        struct go_value value = go_solid(list[i]);
        buf_puts(out, i > arguments.next ? ", " : "");
        if (value.type->kind <= GO_ANY) {
            buf_puts(out, "<nil>");
        } else {
            buf_printf(out, "%s=", value.type->name);
            print_value(out, &PLAIN, value, 0);
        }
    }
    buf_putc(out, ')');
}

static const struct go_type *type_of_key(const struct go_type *type, const char *key)
{
    for (const struct go_field *field = type->fields; field && field->name; field++) {
        const struct go_type *inner = field->key ? NULL : type_of_key(field->type, key);
        if (inner || str_equal(field->key, key))
            return inner ? inner : field->type;
    }
    return NULL;
}

static void write_json(struct buf *out, struct go_value value);

static void write_member(struct buf *out, const char *key, struct go_value value, bool first)
{
    cleanup_json json_t *text = json_string(key);
    cleanup_free char *name = json_dumps(text, JSON_ENCODE_ANY);
    buf_printf(out, "%s%s:", first ? "" : ",", name ? name : "\"\"");
    write_json(out, value);
}

static bool is_omitted(const struct go_type *of, const struct go_type *field, json_t *json)
{
    return go_omits_empty(of) && (!field || !go_truth((struct go_value){json, field}));
}

/* Maps have their keys sorted, as Go writes them; structs, and what may be one, keep their order. */
static void write_object(struct buf *out, struct go_value value)
{
    bool sorted = value.type->kind == GO_MAP && value.type->element != &go_any, first = true;
    buf_putc(out, '{');
    if (sorted) {
        cleanup_strv char **keys = template_sorted_keys(value.json);
        for (size_t i = 0; keys && keys[i]; i++)
            write_member(out, keys[i], go_element(&value, json_object_get(value.json, keys[i])), i == 0);
    } else {
        const char *key;
        json_t *json;
        json_object_foreach(value.json, key, json)
        {
            const struct go_type *type = type_of_key(value.type, key);
            if (is_omitted(value.type, type, json))
                continue;
            write_member(out, key, (struct go_value){json, type ? type : &go_any}, first);
            first = false;
        }
    }
    buf_putc(out, '}');
}

static void write_json(struct buf *out, struct go_value value)
{
    value = go_solid(value);
    if (value.type->kind == GO_POINTER)
        value.type = value.type->element;
    if (json_is_object(value.json)) {
        write_object(out, value);
    } else if (json_is_array(value.json)) {
        buf_putc(out, '[');
        for (size_t i = 0; i < json_array_size(value.json); i++) {
            buf_puts(out, i ? "," : "");
            write_json(out, go_element(&value, json_array_get(value.json, i)));
        }
        buf_putc(out, ']');
    } else {
        cleanup_free char *text = json_dumps(value.json, JSON_COMPACT | JSON_ENCODE_ANY);
        buf_puts(out, text ? text : "null");
    }
}

char *template_json(struct go_value value)
{
    struct buf out = BUF_INIT;
    write_json(&out, value);
    return buf_take(&out);
}
