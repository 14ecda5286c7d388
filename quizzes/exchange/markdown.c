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
    bool verbatim; /* spaces and lines inside stay as they are */
} elements[] = {
    {"p", "\n\n", "\n\n", false},
    {"div", "\n\n", "\n\n", false},
    {"br", "  \n", "", false},
    {"hr", "\n\n", "", false},
    {"b", "**", "**", false},
    {"strong", "**", "**", false},
    {"i", "*", "*", false},
    {"em", "*", "*", false},
    {"code", "`", "`", true},
    {"tt", "`", "`", true},
    {"li", "\n- ", "\n", false},
    {"ul", "\n", "\n", false},
    {"ol", "\n", "\n", false},
    {"tr", "\n\n", "\n\n", false},
    {"td", " ", " ", false},
    {"th", " ", " ", false},
    {"h1", "\n\n**", "**\n\n", false},
    {"h2", "\n\n**", "**\n\n", false},
    {"h3", "\n\n**", "**\n\n", false},
    {"h4", "\n\n**", "**\n\n", false},
    {"h5", "\n\n**", "**\n\n", false},
    {"h6", "\n\n**", "**\n\n", false},
    {"pre", "\n\n```\n", "\n```\n\n", true},
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

/* The value of an attribute of the tag at `p`, which ends at `end`; NULL when it has none; allocated. */
static char *attribute(const char *p, const char *end, const char *name)
{
    size_t len = strlen(name);
    for (; p + len + 2 < end; p++)
        if (isspace((unsigned char)*p) && strncasecmp(p + 1, name, len) == 0 && p[1 + len] == '=') {
            const char *value = p + len + 2;
            bool quoted = *value == '"' || *value == '\'';
            const char *stop = quoted ? memchr(value + 1, *value, (size_t)(end - value - 1)) : value + strcspn(value, " />");
            return stop ? xstrndup(value + quoted, (size_t)(stop - value) - quoted) : NULL;
        }
    return NULL;
}

struct page {
    struct buf out;
    int verbatim; /* how deep inside of code */
    char *link;   /* where the link that is open leads; NULL for none */
};

static bool at_start(const struct page *page) { return !page->out.len || page->out.data[page->out.len - 1] == '\n'; }

/* Spaces and ends of lines are one space, and none at the start of a line. */
static void put_space(struct page *page)
{
    if (!at_start(page) && page->out.data[page->out.len - 1] != ' ')
        buf_putc(&page->out, ' ');
}

/* What is shown at `p` of `text`, which says what stands beside it; how many bytes that is. */
static size_t put_shown(struct page *page, const char *text, const char *p)
{
    size_t digits = strspn(p, "0123456789");
    if (page->verbatim > 0) {
        bool first = *p == '\n' && page->out.len > 3 && str_ends(page->out.data, "```\n"); /* belongs to the <pre> before it */
        if (*p != '\r' && !first)
            buf_putc(&page->out, *p);
        return 1;
    }
    if (isspace((unsigned char)*p)) {
        put_space(page);
        return 1;
    }
    if (str_starts(p, "\xc2\xa0")) {
        put_space(page);
        return 2;
    }
    if (at_start(page) && begins_block(p)) {
        buf_add(&page->out, p, digits);
        buf_putc(&page->out, '\\');
        if (digits)
            return digits;
    }
    put_plain(&page->out, text, p);
    return 1;
}

static void put_text(struct page *page, const char *text)
{
    for (const char *p = text; *p;)
        p += put_shown(page, text, p);
}

static void begin_link(struct page *page, const char *p, const char *end)
{
    free(page->link);
    page->link = attribute(p, end, "href");
    if (page->link && (!str_starts(page->link, "http") || strpbrk(page->link, " ()<>"))) {
        free(page->link);
        page->link = NULL;
    }
    if (page->link)
        buf_putc(&page->out, '[');
}

static void end_link(struct page *page)
{
    if (page->link)
        buf_printf(&page->out, "](%s)", page->link);
    free(page->link);
    page->link = NULL;
}

/* The words that stand for a picture. */
static void put_picture(struct page *page, const char *p, const char *end)
{
    cleanup_free char *words = attribute(p, end, "alt");
    cleanup_free char *shown = str_empty(words) ? NULL : str_format("[%s]", words);
    if (shown)
        put_text(page, shown);
}

static void put_element(struct page *page, const char *name, size_t len, bool closes)
{
    for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
        bool code = elements[i].verbatim;
        if (strlen(elements[i].name) != len || strncasecmp(name, elements[i].name, len) != 0)
            continue;
        page->verbatim += code ? (closes ? -1 : 1) : 0;
        if ((code && page->verbatim > 1) || (code && closes && page->verbatim > 0)) /* <pre><code> is one block */
            continue;
        const char *mark = closes ? elements[i].close : elements[i].open;
        buf_puts(&page->out, mark + (code && closes && at_start(page) && *mark == '\n'));
    }
}

/* One tag, or a comment; how long it is. Those without a like in Markdown go, their text stays. */
static size_t tag(struct page *page, const char *p)
{
    bool closes = p[1] == '/';
    const char *comment = str_starts(p, "<!--") ? strstr(p, "-->") : NULL, *end = strchr(p, '>'), *name = p + 1 + closes;
    if (comment)
        return (size_t)(comment - p) + 3;
    if (!end || !isalpha((unsigned char)*name))
        return 0;
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    if (len == 1 && (*name | 0x20) == 'a')
        closes ? end_link(page) : begin_link(page, p, end);
    else if (len == 3 && strncasecmp(name, "img", 3) == 0)
        put_picture(page, p, end);
    else
        put_element(page, name, len, closes);
    return (size_t)(end - p) + 1;
}

/* One space at the end of a line says nothing; two break it. */
static void end_line(struct buf *out)
{
    if (out->len && out->data[out->len - 1] == ' ' && !(out->len > 1 && out->data[out->len - 2] == ' '))
        out->data[--out->len] = 0;
}

/* No more than one blank line, none at the ends. */
static char *tidy(char *text)
{
    struct buf out = BUF_INIT;
    size_t breaks = 0;
    for (char *p = text; *p; p++) {
        if (*p == '\n') {
            if (!breaks++)
                end_line(&out);
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
    struct page page = {.out = BUF_INIT};
    struct buf text = BUF_INIT;
    for (const char *p = html; *p;) {
        size_t len = *p == '<' ? tag(&page, p) : 0;
        buf_clear(&text);
        if (!len && *p == '&' && (len = entity(p, &text)))
            put_text(&page, text.len ? text.data : "");
        p += len ? len : put_shown(&page, html, p);
    }
    end_link(&page);
    buf_free(&text);
    return tidy(buf_take(&page.out));
}
