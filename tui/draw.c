/* Clipped drawing of text and simple figures on stdscr. */
#include "tui/draw.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ncurses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

static int at_most(int a, int b) { return a < b ? a : b; }
static int at_least(int a, int b) { return a > b ? a : b; }

struct area area_inset(struct area area, int rows, int columns)
{
    return (struct area){area.y + rows, area.x + columns, at_least(area.h - 2 * rows, 0), at_least(area.w - 2 * columns, 0)};
}

struct area area_rows(struct area area, int from, int rows)
{
    from = at_most(at_least(from, 0), area.h);
    return (struct area){area.y + from, area.x, at_most(at_least(rows, 0), area.h - from), area.w};
}

struct area area_columns(struct area area, int from, int columns)
{
    from = at_most(at_least(from, 0), area.w);
    return (struct area){area.y, area.x + from, area.h, at_most(at_least(columns, 0), area.w - from)};
}

uint32_t utf8_next(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    if (!*at)
        return 0;
    unsigned length = *at < 0x80                  ? 1
                      : *at >= 0xc2 && *at < 0xe0 ? 2
                      : *at >= 0xe0 && *at < 0xf0 ? 3
                      : *at >= 0xf0 && *at < 0xf5 ? 4
                                                  : 0;
    uint32_t code = length < 2 ? *at : *at & (0xffu >> (length + 1));
    for (unsigned i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            length = 0;
        else
            code = code << 6 | (at[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0 || code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        *text += 1;
        return 0xfffd;
    }
    *text += length;
    return code;
}

/* Stand-ins for the signs that prose uses, when the terminal has ASCII only. */
static uint32_t plain(uint32_t code)
{
    static const struct {
        uint32_t from, to;
    } table[] = {{0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x2026, '~'},
                 {0x2192, '>'}, {0x2190, '<'}, {0x00d7, 'x'},  {0x2022, '*'},  {0x00b7, '.'}, {0x00a0, ' '}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].from == code)
            return table[i].to;
    return '?';
}

/* Embeddings, overrides and isolates turn what stands after them on the row, which need not be the text that holds them. */
static bool turns_writing(uint32_t code) { return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069); }

/* What is drawn for a code point, and its columns. */
static wchar_t drawn(uint32_t code, int *width)
{
    if (code == '\t' || code == '\n' || code == '\r')
        code = ' ';
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || turns_writing(code))
        code = '?';
    if (code >= 0x80 && !glyph_utf8())
        code = plain(code);
    int columns = code < 0x80 ? 1 : wcwidth((wchar_t)code);
    if (columns < 0) {
        code = '?';
        columns = 1;
    }
    *width = columns;
    return (wchar_t)code;
}

/* Draw until the text, or `limit` columns of it from x on, end; the columns used. `stop` is the end of the text or NULL. */
static int write_text(struct area area, int y, int x, int limit, const char *text, const char *stop)
{
    wchar_t out[512];
    int count = 0, used = 0, first = -1;
    bool inside = y >= 0 && y < area.h;
    while (*text && (!stop || text < stop)) {
        int width;
        uint32_t code = utf8_next(&text);
        wchar_t sign = drawn(code, &width);
        if (used + width > limit)
            break;
        bool visible = inside && x + used >= 0 && x + used + width <= area.w;
        if (visible && count < (int)ARRAY_LEN(out) - 1) {
            if (first < 0)
                first = x + used;
            out[count++] = sign;
        }
        used += width;
    }
    out[count] = 0;
    if (count)
        mvaddnwstr(area.y + y, area.x + first, out, count);
    return used;
}

int put(struct area area, int y, int x, enum style style, const char *text)
{
    style_on(style);
    return write_text(area, y, x, at_least(area.w - x, 0), text, NULL);
}

int putf(struct area area, int y, int x, enum style style, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put(area, y, x, style, text);
}

int text_width(const char *text)
{
    int total = 0;
    while (*text) {
        int width;
        drawn(utf8_next(&text), &width);
        total += width;
    }
    return total;
}

void put_right(struct area area, int y, int right, enum style style, const char *text)
{
    put(area, y, right - text_width(text), style, text);
}

int put_fit(struct area area, int y, int x, int width, enum style style, const char *text)
{
    width = at_most(width, area.w - x);
    if (width <= 0)
        return 0;
    style_on(style);
    if (text_width(text) <= width)
        return write_text(area, y, x, width, text, NULL);
    int used = write_text(area, y, x, width - 1, text, NULL);
    return used + write_text(area, y, x + used, 1, glyph(G_ELLIPSIS), NULL);
}

void put_line(struct area area, int y, enum glyph sign, enum style style)
{
    style_on(style);
    for (int x = 0; x < area.w; x++)
        write_text(area, y, x, 1, glyph(sign), NULL);
}

void put_fill(struct area area, int y, int x, int width, enum style style)
{
    style_on(style);
    for (int i = 0; i < width; i++)
        write_text(area, y, x + i, 1, " ", NULL);
}

struct area draw_box(struct area area, const char *title, const char *note, enum style edge)
{
    if (area.h < 2 || area.w < 4)
        return (struct area){area.y, area.x, 0, 0};
    put_line(area, 0, G_HLINE, edge);
    put_line(area, area.h - 1, G_HLINE, edge);
    for (int y = 1; y < area.h - 1; y++) {
        put(area, y, 0, edge, glyph(G_VLINE));
        put(area, y, area.w - 1, edge, glyph(G_VLINE));
    }
    put(area, 0, 0, edge, glyph(G_TOP_LEFT));
    put(area, 0, area.w - 1, edge, glyph(G_TOP_RIGHT));
    put(area, area.h - 1, 0, edge, glyph(G_BOTTOM_LEFT));
    put(area, area.h - 1, area.w - 1, edge, glyph(G_BOTTOM_RIGHT));
    struct area top = {area.y, area.x + 2, 1, area.w - 4};
    int used = 0;
    if (!str_empty(title)) {
        put(top, 0, 0, edge, " ");
        used = 1 + put_fit(top, 0, 1, top.w - 2, S_TITLE, title);
        used += put(top, 0, used, edge, " ");
    }
    if (!str_empty(note) && used + text_width(note) + 3 <= top.w) {
        int x = top.w - text_width(note) - 2;
        put(top, 0, x, edge, " ");
        put(top, 0, x + 1, S_DIM, note);
        put(top, 0, top.w - 1, edge, " ");
    }
    return (struct area){area.y + 1, area.x + 2, area.h - 2, area.w - 4};
}

void draw_gauge(struct area area, int y, int x, int width, double part, enum style style)
{
    if (width < 3)
        return;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    int inner = glyph_utf8() ? width : width - 2, full = (int)(part * inner + 0.5);
    if (part > 0 && full == 0)
        full = 1;
    int at = x;
    if (!glyph_utf8())
        at += put(area, y, at, S_DIM, "[");
    for (int i = 0; i < inner; i++)
        at += put(area, y, at, i < full ? style : S_DIM, glyph(i < full ? G_FULL : G_EMPTY));
    if (!glyph_utf8())
        put(area, y, at, S_DIM, "]");
}

void draw_spark(struct area area, int y, int x, int width, const double *values, size_t count, double most, enum style style)
{
    size_t from = count > (size_t)at_least(width, 0) ? count - (size_t)width : 0;
    if (most <= 0)
        for (size_t i = from; i < count; i++)
            most = values[i] > most ? values[i] : most;
    int at = x + width - (int)(count - from);
    for (size_t i = from; i < count; i++, at++) {
        int level = most > 0 ? (int)(values[i] / most * 7.999) : 0;
        put(area, y, at, style, glyph((enum glyph)(G_SPARK1 + at_most(at_least(level, 0), 7))));
    }
}

bool text_wrap(const char **text, int width, const char **line, size_t *len)
{
    const char *at = *text, *blank = NULL, *after = NULL;
    if (!*at)
        return false;
    width = at_least(width, 1);
    *line = at;
    int used = 0;
    while (*at && *at != '\n') {
        const char *here = at;
        int columns;
        uint32_t code = utf8_next(&at);
        drawn(code, &columns);
        if (code == ' ') {
            blank = here;
            after = at;
        }
        if (used + columns > width && here > *line) {
            *len = (size_t)((blank && blank > *line ? blank : here) - *line);
            *text = blank && blank > *line ? after : here;
            while (**text == ' ')
                (*text)++;
            return true;
        }
        used += columns;
    }
    *len = (size_t)(at - *line);
    *text = *at == '\n' ? at + 1 : at;
    return true;
}

int draw_wrapped(struct area area, int y, int x, enum style style, const char *text)
{
    const char *line;
    size_t len;
    int rows = 0;
    style_on(style);
    while (text_wrap(&text, area.w - x, &line, &len))
        write_text(area, y + rows++, x, at_least(area.w - x, 0), line, line + len);
    return rows;
}
