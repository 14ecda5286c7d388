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

/* How the text in it is taken: CODE as it stands in its line, BLOCK with its lines too. */
enum inside { TEXT, CODE, BLOCK };

static const struct element {
    const char *name, *open, *close;
    enum inside inside;
} elements[] = {
    {"p", "\n\n", "\n\n", TEXT},
    {"div", "\n\n", "\n\n", TEXT},
    {"br", "  \n", "", TEXT},
    {"hr", "\n\n", "", TEXT},
    {"b", "**", "**", TEXT},
    {"strong", "**", "**", TEXT},
    {"i", "*", "*", TEXT},
    {"em", "*", "*", TEXT},
    {"code", "", "", CODE},
    {"tt", "", "", CODE},
    {"li", "\n- ", "\n", TEXT},
    {"ul", "\n", "\n", TEXT},
    {"ol", "\n", "\n", TEXT},
    {"tr", "\n\n", "\n\n", TEXT},
    {"td", " ", " ", TEXT},
    {"th", " ", " ", TEXT},
    {"h1", "\n\n**", "**\n\n", TEXT},
    {"h2", "\n\n**", "**\n\n", TEXT},
    {"h3", "\n\n**", "**\n\n", TEXT},
    {"h4", "\n\n**", "**\n\n", TEXT},
    {"h5", "\n\n**", "**\n\n", TEXT},
    {"h6", "\n\n**", "**\n\n", TEXT},
    {"pre", "", "", BLOCK},
};

static const struct {
    const char *name, *text;
} entities[] = {{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}};

enum { ENTITY_MOST = 11 }; /* bytes, with "&" and ";" */

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
    const char *end = memchr(p, ';', strnlen(p, ENTITY_MOST));
    if (!end)
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
            const char *stop = quoted ? memchr(value + 1, *value, (size_t)(end - value - 1)) : value + strcspn(value, " \t\r\n>");
            if (!quoted && stop == end && stop[-1] == '/') /* "<a href=x/>": the tag's own */
                stop--;
            return stop ? xstrndup(value + quoted, (size_t)(stop - value) - quoted) : NULL;
        }
    return NULL;
}

struct page {
    struct buf out;
    struct buf code; /* not yet in `out`: what stands in it says which marks it needs */
    int depth;       /* how many elements of code are open */
    enum inside inside;
    char *link;                        /* where the link that is open leads; NULL for none */
    bool no_tag_ends, no_comment_ends; /* from here on: to look again and again is what a hostile text wants */
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
    if (page->depth) {
        if (*p != '\r')
            buf_putc(&page->code, *p);
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
        size_t digits = strspn(p, "0123456789");
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

static size_t longest_row(const char *text, char of)
{
    size_t longest = 0, row = 0;
    for (; *text; text++) {
        row = *text == of ? row + 1 : 0;
        longest = row > longest ? row : longest;
    }
    return longest;
}

static void put_row(struct buf *out, char of, size_t count)
{
    for (; count; count--)
        buf_putc(out, of);
}

void markdown_fence(struct buf *out, const char *info, const char *text)
{
    size_t row = longest_row(text, '`'), fence = row < 3 ? 3 : row + 1;
    put_row(out, '`', fence);
    buf_printf(out, "%s\n%s%s", info, text, *text && text[strlen(text) - 1] != '\n' ? "\n" : "");
    put_row(out, '`', fence);
    buf_putc(out, '\n');
}

/* In a line, where an end of a line, with the space around it, is shown as one space. */
static void put_code_span(struct buf *out, const char *code)
{
    size_t ticks = longest_row(code, '`') + 1;
    const char *pad = *code == '`' || code[strlen(code) - 1] == '`' ? " " : "";
    put_row(out, '`', ticks);
    buf_puts(out, pad);
    for (const char *p = code; *p;) {
        size_t space = strspn(p, " \t\n");
        bool folds = memchr(p, '\n', space);
        buf_add(out, folds ? " " : p, folds ? 1 : space ? space : 1);
        p += space ? space : 1;
    }
    buf_puts(out, pad);
    put_row(out, '`', ticks);
}

/* The code that was gathered, if there is any. */
static void put_code(struct page *page)
{
    cleanup_free char *code = buf_take(&page->code);
    if (page->inside == BLOCK && *code) {
        buf_puts(&page->out, "\n\n");
        markdown_fence(&page->out, "", code + (*code == '\n')); /* the first end of a line belongs to <pre> */
        buf_putc(&page->out, '\n');
    } else if (code[strspn(code, " \t\n")]) {
        put_code_span(&page->out, code);
    }
}

static void end_link(struct page *page)
{
    if (page->link) {
        put_code(page);
        buf_printf(&page->out, "](%s)", page->link);
    }
    free(page->link);
    page->link = NULL;
}

static void begin_link(struct page *page, const char *p, const char *end)
{
    end_link(page);
    if (!page->depth) /* code leads nowhere */
        page->link = attribute(p, end, "href");
    if (page->link && (!str_starts(page->link, "http") || strpbrk(page->link, " \t\r\n()<>"))) {
        free(page->link);
        page->link = NULL;
    }
    if (page->link)
        buf_putc(&page->out, '[');
}

/* The words that stand for a picture. */
static void put_picture(struct page *page, const char *p, const char *end)
{
    cleanup_free char *words = attribute(p, end, "alt");
    cleanup_free char *shown = str_empty(words) ? NULL : str_format("[%s]", words);
    if (shown)
        put_text(page, shown);
}

static const struct element *element_named(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(elements); i++)
        if (strlen(elements[i].name) == len && strncasecmp(name, elements[i].name, len) == 0)
            return &elements[i];
    return NULL;
}

static void put_element(struct page *page, const struct element *element, bool closes)
{
    const char *mark = closes ? element->close : element->open;
    if (element->inside != TEXT && closes) {
        if (page->depth && --page->depth == 0) /* <pre><code> is one block */
            put_code(page);
    } else if (element->inside != TEXT) {
        page->inside = page->depth++ && page->inside == BLOCK ? BLOCK : element->inside;
    } else if (!page->depth) {
        buf_puts(&page->out, mark);
    } else if (strchr(mark, '\n')) {
        buf_putc(&page->code, '\n');
    }
}

/* One tag, or a comment; how long it is. Those without a like in Markdown go, their text stays. */
static size_t tag(struct page *page, const char *p)
{
    bool closes = p[1] == '/', is_comment = str_starts(p, "<!--");
    const char *name = p + 1 + closes;
    const char *comment = is_comment && !page->no_comment_ends ? strstr(p, "-->") : NULL;
    page->no_comment_ends = page->no_comment_ends || (is_comment && !comment);
    if (comment)
        return (size_t)(comment - p) + 3;
    const char *end = isalpha((unsigned char)*name) && !page->no_tag_ends ? strchr(name, '>') : NULL;
    page->no_tag_ends = page->no_tag_ends || (isalpha((unsigned char)*name) && !end);
    if (!end)
        return 0;
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    const struct element *element;
    if (len == 1 && (*name | 0x20) == 'a')
        closes ? end_link(page) : begin_link(page, p, end);
    else if (len == 3 && strncasecmp(name, "img", 3) == 0)
        put_picture(page, p, end);
    else if ((element = element_named(name, len)))
        put_element(page, element, closes);
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
    put_code(&page);
    end_link(&page);
    buf_free(&text);
    return tidy(buf_take(&page.out));
}
