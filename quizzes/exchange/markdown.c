/* Texts of other formats as Markdown that shows the same. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What would begin a block at the start of a line. */
static bool begins_block(const char *line)
{
    if (strchr("#>", *line) || (strchr("-+=~|", *line) && *line))
        return *line != 0;
    const char *digits = line + strspn(line, "0123456789");
    return digits > line && strchr(".)", *digits) && *digits && (digits[1] == ' ' || !digits[1]);
}

/* One character of plain text. A lone underscore may be emphasis; a row of them is a blank to fill in. */
static void put_plain(struct buf *out, const char *text, const char *p)
{
    bool row = *p == '_' && (p[1] == '_' || (p > text && p[-1] == '_'));
    if (strchr("\\`*[]<&", *p) || (*p == '_' && !row))
        buf_putc(out, '\\');
    buf_putc(out, *p);
}

char *markdown_of_plain(const char *text)
{
    struct buf out = BUF_INIT;
    bool start = true;
    for (const char *p = text; *p; p++) {
        if (start) {
            p += strspn(p, " \t");
            if (isdigit((unsigned char)*p) && begins_block(p)) { /* "1." begins a list, "1\." does not */
                while (isdigit((unsigned char)*p))
                    buf_putc(&out, *p++);
                buf_putc(&out, '\\');
            } else if (*p && begins_block(p)) {
                buf_putc(&out, '\\');
            }
        }
        if (!*p)
            break;
        start = *p == '\n';
        if (*p == '\r')
            continue;
        start ? buf_putc(&out, '\n') : put_plain(&out, text, p);
    }
    return buf_take(&out);
}

static const struct {
    const char *name, *open, *close;
} elements[] = {
    {"p", "\n\n", "\n\n"},
    {"div", "\n\n", "\n\n"},
    {"br", "  \n", ""},
    {"b", "**", "**"},
    {"strong", "**", "**"},
    {"i", "*", "*"},
    {"em", "*", "*"},
    {"code", "`", "`"},
    {"tt", "`", "`"},
    {"li", "\n- ", "\n"},
    {"ul", "\n", "\n"},
    {"ol", "\n", "\n"},
    {"pre", "\n\n```\n", "\n```\n\n"},
};

static const struct {
    const char *name, *text;
} entities[] = {{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}};

static void put_utf8(struct buf *out, unsigned long code)
{
    if (code < 0x20 || code == 0x7f || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
        return;
    if (code < 0x80) {
        buf_putc(out, (char)code);
    } else if (code < 0x800) {
        buf_putc(out, (char)(0xc0 | code >> 6));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    } else {
        if (code < 0x10000) {
            buf_putc(out, (char)(0xe0 | code >> 12));
        } else {
            buf_putc(out, (char)(0xf0 | code >> 18));
            buf_putc(out, (char)(0x80 | (code >> 12 & 0x3f)));
        }
        buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (code & 0x3f)));
    }
}

/* "&lt;" and so on: its text goes to `text`; how long it is, 0 for none. */
static size_t entity(const char *p, struct buf *text)
{
    const char *end = strchr(p, ';');
    if (!end || end - p > 10)
        return 0;
    if (p[1] == '#') {
        char *rest;
        unsigned long code = p[2] == 'x' || p[2] == 'X' ? strtoul(p + 3, &rest, 16) : strtoul(p + 2, &rest, 10);
        if (rest != end)
            return 0;
        put_utf8(text, code);
        return (size_t)(end - p) + 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(entities); i++)
        if (strlen(entities[i].name) == (size_t)(end - p) - 1 && strncmp(p + 1, entities[i].name, strlen(entities[i].name)) == 0) {
            buf_puts(text, entities[i].text);
            return (size_t)(end - p) + 1;
        }
    return 0;
}

/* One tag; how long it is. Those without a like in Markdown go, their text stays. *verbatim: inside of code. */
static size_t tag(const char *p, struct buf *out, int *verbatim)
{
    const char *end = strchr(p, '>'), *name = p + 1 + (p[1] == '/');
    if (!end || !isalpha((unsigned char)*name))
        return 0;
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    for (size_t i = 0; i < ARRAY_LEN(elements); i++)
        if (strlen(elements[i].name) == len && strncasecmp(name, elements[i].name, len) == 0) {
            bool code = strchr("ct", *elements[i].name) || str_equal(elements[i].name, "pre");
            *verbatim += code ? (p[1] == '/' ? -1 : 1) : 0;
            if (!(code && *verbatim > 1) && !(code && p[1] == '/' && *verbatim > 0)) /* <pre><code> is one block */
                buf_puts(out, p[1] == '/' ? elements[i].close : elements[i].open);
        }
    return (size_t)(end - p) + 1;
}

/* No more than one blank line, none at the ends. */
static char *tidy(char *text)
{
    struct buf out = BUF_INIT;
    size_t breaks = 0;
    for (char *p = text; *p; p++) {
        if (*p == '\n') {
            breaks++;
            continue;
        }
        for (size_t i = 0; out.len && i < breaks && i < 2; i++)
            buf_putc(&out, '\n');
        breaks = 0;
        buf_putc(&out, *p);
    }
    free(text);
    char *whole = buf_take(&out), *trimmed = xstrdup(str_trim(whole));
    free(whole);
    return trimmed;
}

char *markdown_of_html(const char *html)
{
    struct buf out = BUF_INIT, text = BUF_INIT;
    int verbatim = 0;
    for (const char *p = html; *p;) {
        size_t len = *p == '<' ? tag(p, &out, &verbatim) : 0;
        if (len) {
            p += len;
            continue;
        }
        buf_clear(&text);
        len = *p == '&' ? entity(p, &text) : 0;
        if (!len) {
            buf_putc(&text, *p == '\r' ? ' ' : *p);
            len = 1;
        }
        for (const char *t = text.len ? text.data : ""; *t; t++)
            verbatim > 0 || *t == '\n' ? buf_putc(&out, *t) : put_plain(&out, text.data, t);
        p += len;
    }
    buf_free(&text);
    return tidy(buf_take(&out));
}
