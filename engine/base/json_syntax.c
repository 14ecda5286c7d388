/* A scanner that only looks: one step for each kind of token, a stack of what is open. */
#include "base/json_syntax.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MOST = JSON_DEPTH_MOST };

struct scan {
    const char *at, *end;
    char open[DEPTH_MOST]; /* '{' or '[' */
    size_t depth;
    struct error *err;
};

static void quote(char c, char out[16])
{
    static const char *const named[] = {
        ['\a'] = "\\a", ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\v'] = "\\v", ['\f'] = "\\f", ['\r'] = "\\r"};
    unsigned char byte = (unsigned char)c;
    if (c == '\'' || c == '\\')
        snprintf(out, 16, "'\\%c'", c);
    else if (byte <= '\r' && byte >= '\a')
        snprintf(out, 16, "'%s'", named[byte]);
    else if (byte < ' ' || byte == 0x7f)
        snprintf(out, 16, "'\\x%02x'", byte);
    else if (byte < 0x80)
        snprintf(out, 16, "'%c'", c);
    else /* Go takes the byte for a code point */
        snprintf(out, 16, "'%c%c'", 0xc0 | byte >> 6, 0x80 | (byte & 0x3f));
}

static int bad(struct scan *scan, const char *where)
{
    char shown[16];
    if (scan->at >= scan->end)
        return error_set(scan->err, EINVAL, "unexpected end of JSON input");
    quote(*scan->at, shown);
    return error_set(scan->err, EINVAL, "invalid character %s %s", shown, where);
}

/* Within a word, a number or an escape Go takes the end of the text for a space that does not belong there. */
static int bad_inside(struct scan *scan, const char *where)
{
    if (scan->at >= scan->end)
        return error_set(scan->err, EINVAL, "invalid character ' ' %s", where);
    return bad(scan, where);
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r' || *scan->at == '\n'))
        scan->at++;
}

static bool is(const struct scan *scan, char c) { return scan->at < scan->end && *scan->at == c; }
static bool is_digit(const struct scan *scan) { return scan->at < scan->end && isdigit((unsigned char)*scan->at); }

static int string(struct scan *scan)
{
    for (scan->at++; !is(scan, '"'); scan->at++) {
        if (scan->at >= scan->end || (unsigned char)*scan->at < ' ')
            return bad(scan, "in string literal");
        if (*scan->at != '\\')
            continue;
        scan->at++;
        if (scan->at >= scan->end || !*scan->at || !strchr("\"\\/bfnrtu", *scan->at))
            return bad_inside(scan, "in string escape code");
        for (int i = 0; *scan->at == 'u' && i < 4; i++)
            if (scan->at + i + 1 >= scan->end || !isxdigit((unsigned char)scan->at[i + 1])) {
                scan->at += i + 1;
                return bad_inside(scan, "in \\u hexadecimal character escape");
            }
        if (*scan->at == 'u')
            scan->at += 4;
    }
    scan->at++;
    return 0;
}

static int digits(struct scan *scan, const char *where)
{
    if (!is_digit(scan))
        return bad_inside(scan, where);
    while (is_digit(scan))
        scan->at++;
    return 0;
}

static int number(struct scan *scan)
{
    int rc = 0;
    if (is(scan, '-'))
        scan->at++;
    if (is(scan, '0'))
        scan->at++;
    else
        rc = digits(scan, "in numeric literal");
    if (!rc && is(scan, '.')) {
        scan->at++;
        rc = digits(scan, "after decimal point in numeric literal");
    }
    if (!rc && (is(scan, 'e') || is(scan, 'E'))) {
        scan->at++;
        if (is(scan, '+') || is(scan, '-'))
            scan->at++;
        rc = digits(scan, "in exponent of numeric literal");
    }
    return rc;
}

static int word(struct scan *scan, const char *expected)
{
    for (const char *c = expected; *c; c++, scan->at++)
        if (!is(scan, *c)) {
            char where[64];
            snprintf(where, sizeof where, "in literal %s (expecting '%c')", expected, *c);
            return bad_inside(scan, where);
        }
    return 0;
}

static int key(struct scan *scan)
{
    skip_space(scan);
    if (!is(scan, '"'))
        return bad(scan, "looking for beginning of object key string");
    int rc = string(scan);
    if (rc)
        return rc;
    skip_space(scan);
    if (!is(scan, ':'))
        return bad(scan, "after object key");
    scan->at++;
    return 0;
}

static int enter(struct scan *scan)
{
    if (scan->depth == DEPTH_MOST)
        return error_set(scan->err, EINVAL, "exceeded max depth");
    scan->open[scan->depth++] = *scan->at++;
    skip_space(scan);
    return 0;
}

/* A value is behind us: closes what ends here and goes on to the next value. 1: there is none. */
static int next(struct scan *scan)
{
    for (;;) {
        if (scan->depth == 0)
            return 1;
        skip_space(scan);
        bool object = scan->open[scan->depth - 1] == '{';
        if (is(scan, ',')) {
            scan->at++;
            return object ? key(scan) : 0;
        }
        if (!is(scan, object ? '}' : ']'))
            return bad(scan, object ? "after object key:value pair" : "after array element");
        scan->at++;
        scan->depth--;
    }
}

/* One scalar, or the beginning of an object or array. 1: a value has ended. */
static int begin(struct scan *scan)
{
    skip_space(scan);
    char c = scan->at < scan->end ? *scan->at : '\0';
    int rc = 0;
    if (c == '{' || c == '[') {
        rc = enter(scan);
        if (!rc && is(scan, c == '{' ? '}' : ']')) {
            scan->at++;
            scan->depth--;
            return 1;
        }
        return rc || c == '[' ? rc : key(scan);
    }
    if (c == '"')
        rc = string(scan);
    else if (c == '-' || isdigit((unsigned char)c))
        rc = number(scan);
    else if (c == 't' || c == 'f' || c == 'n')
        rc = word(scan, c == 't' ? "true" : c == 'f' ? "false" : "null");
    else
        rc = bad(scan, "looking for beginning of value");
    return rc ? rc : 1;
}

static int look(struct scan *scan)
{
    for (;;) {
        int rc = begin(scan);
        if (rc == 1)
            rc = next(scan);
        if (rc)
            return rc == 1 ? 0 : rc;
    }
}

bool json_syntax_problem(const char *text, size_t len, size_t *end, char *why, size_t room)
{
    struct error err = ERROR_INIT;
    struct scan scan;
    scan.at = text;
    scan.end = text + len;
    scan.depth = 0;
    scan.err = &err;
    int rc = look(&scan);
    if (end)
        *end = (size_t)(scan.at - text);
    snprintf(why, room, "%s", err.message);
    return rc < 0;
}

bool json_stream_problem(const char *text, size_t len, size_t *end, char *why, size_t room)
{
    size_t at;
    bool problem = json_syntax_problem(text ? text : "", len, &at, why, room);
    if (end)
        *end = at;
    if (problem && at >= len)
        snprintf(why, room, "%s", len && strspn(text, " \t\r\n") < len ? "unexpected EOF" : "EOF");
    return problem;
}

const char *json_kind_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_NULL:
        return "null";
    default:
        return "bool";
    }
}
