/* From lines with SGR sequences to cells, and from cells to HTML and text. picture_svg.c draws the same cells. */
#include "base/picture.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char unknown[] = "\xEF\xBF\xBD";

struct range {
    uint32_t first, last;
};
/* Characters that take two cells (UAX #11: wide and fullwidth), and that take none. The C library knows them only in a locale of
 * UTF-8, and a picture is the same in every locale. */
static const struct range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97C}, {0xAC00, 0xD7A3},
                                    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                                    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
static const struct range none[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                                    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D}, {0x2060, 0x2064},
                                    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
/* Control characters, those that turn the direction of writing, and what is no character (XML 1.0, 2.2). */
static const struct range refused[] = {{0, 0x1F},        {0x7F, 0x9F},     {0x200E, 0x200F},
                                       {0x202A, 0x202E}, {0x2066, 0x2069}, {0xFFFE, 0xFFFF}};

static bool among(const struct range *ranges, size_t count, uint32_t sign)
{
    for (size_t i = 0; i < count; i++)
        if (sign >= ranges[i].first && sign <= ranges[i].last)
            return true;
    return false;
}

static uint32_t code_point(const unsigned char *p, size_t len)
{
    static const unsigned char first[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t sign = p[0] & first[len];
    for (size_t i = 1; i < len; i++)
        sign = sign << 6 | (p[i] & 0x3F);
    return sign;
}

/* A 24-bit colour as the nearest of the cube of 256. */
static short cube(int red, int green, int blue) { return (short)(16 + red * 5 / 255 * 36 + green * 5 / 255 * 6 + blue * 5 / 255); }

/* 38 and 48 take more numbers: "5;N" or "2;R;G;B". Gives how many of `left` it used. */
static int extended(const int *numbers, int left, short *colour)
{
    if (left >= 2 && numbers[0] == 5) {
        *colour = (short)(numbers[1] & 255);
        return 2;
    }
    if (left >= 4 && numbers[0] == 2) {
        *colour = cube(numbers[1] & 255, numbers[2] & 255, numbers[3] & 255);
        return 4;
    }
    return left;
}

static void apply(struct picture_look *look, const int *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        int n = numbers[i];
        if (n == 0)
            *look = (struct picture_look){.colour = PICTURE_INK, .ground = PICTURE_PAPER};
        else if (n == 1)
            look->bold = true;
        else if (n == 2)
            look->dim = true;
        else if (n == 4)
            look->underline = true;
        else if (n == 7)
            look->reverse = true;
        else if (n == 22)
            look->bold = look->dim = false;
        else if (n == 24)
            look->underline = false;
        else if (n == 27)
            look->reverse = false;
        else if (n == 39)
            look->colour = PICTURE_INK;
        else if (n == 49)
            look->ground = PICTURE_PAPER;
        else if (n >= 30 && n <= 37)
            look->colour = (short)(n - 30);
        else if (n >= 40 && n <= 47)
            look->ground = (short)(n - 40);
        else if (n >= 90 && n <= 97)
            look->colour = (short)(n - 90);
        else if (n >= 100 && n <= 107)
            look->ground = (short)(n - 100);
        else if (n == 38 || n == 48)
            i += extended(numbers + i + 1, count - i - 1, n == 38 ? &look->colour : &look->ground);
    }
}

/* The length of an SGR sequence at `text`, which is applied; 0 when there is none. */
static size_t sequence(const char *text, struct picture_look *look)
{
    enum { MOST = 16 };
    int numbers[MOST] = {0}, count = 0;
    if (text[0] != '\033' || text[1] != '[')
        return 0;
    const char *p = text + 2;
    for (; (*p >= '0' && *p <= '9') || *p == ';'; p++) {
        if (*p == ';')
            count += count < MOST - 1;
        else if (numbers[count] < 1000)
            numbers[count] = numbers[count] * 10 + (*p - '0');
    }
    if (*p != 'm')
        return 0;
    apply(look, numbers, count + 1);
    return (size_t)(p + 1 - text);
}

static struct picture_row *add_row(struct picture *picture)
{
    if (picture->count == picture->room) {
        picture->room = picture->room ? picture->room * 2 : 32;
        picture->rows = xrealloc(picture->rows, (size_t)picture->room * sizeof *picture->rows);
    }
    picture->rows[picture->count] = (struct picture_row){0};
    return &picture->rows[picture->count++];
}

static void add_cell(struct picture_row *row, const char *sign, size_t len, const struct picture_look *look)
{
    if (row->count == row->room) {
        row->room = row->room ? row->room * 2 : 80;
        row->cells = xrealloc(row->cells, (size_t)row->room * sizeof *row->cells);
    }
    struct picture_cell *cell = &row->cells[row->count++];
    *cell = (struct picture_cell){.look = *look};
    memcpy(cell->sign, sign, len);
}

/* Marks join the character before them; more than there is room for are left out. */
static void add_mark(struct picture_row *row, const char *mark, size_t len)
{
    int at = row->count - 1;
    while (at > 0 && !row->cells[at].sign[0])
        at--;
    if (at >= 0 && strlen(row->cells[at].sign) + len < PICTURE_SIGN)
        strncat(row->cells[at].sign, mark, len);
}

static size_t add_sign(struct picture_row *row, const char *text, const struct picture_look *look)
{
    size_t len = utf8_sequence((const unsigned char *)text, strnlen(text, 4));
    uint32_t sign = len ? code_point((const unsigned char *)text, len) : 0;
    if (sign == '\t') {
        do
            add_cell(row, " ", 1, look);
        while (row->count % 8);
        return 1;
    }
    if (among(refused, ARRAY_LEN(refused), sign)) {
        add_cell(row, unknown, sizeof unknown - 1, look);
    } else if (among(none, ARRAY_LEN(none), sign)) {
        add_mark(row, text, len);
    } else {
        add_cell(row, text, len, look);
        if (among(wide, ARRAY_LEN(wide), sign))
            add_cell(row, "", 0, look);
    }
    return len ? len : 1;
}

void picture_read(struct picture *picture, const char *text)
{
    struct picture_look look = {.colour = PICTURE_INK, .ground = PICTURE_PAPER};
    struct picture_row *row = NULL;
    *picture = (struct picture){0};
    while (*text) {
        size_t used = sequence(text, &look);
        if (used) {
            text += used;
            continue;
        }
        row = row ? row : add_row(picture);
        if (*text == '\n') {
            row = NULL;
            text++;
            continue;
        }
        text += add_sign(row, text, &look);
        if (row->count > picture->columns)
            picture->columns = row->count;
    }
}

void picture_free(struct picture *picture)
{
    for (int i = 0; i < picture->count; i++)
        free(picture->rows[i].cells);
    free(picture->rows);
    *picture = (struct picture){0};
}

bool picture_same_look(const struct picture_look *a, const struct picture_look *b)
{
    return a->colour == b->colour && a->ground == b->ground && a->bold == b->bold && a->dim == b->dim &&
           a->underline == b->underline && a->reverse == b->reverse;
}

void picture_escape(struct buf *out, const char *text)
{
    static const struct {
        char sign;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text; text++) {
        const char *entity = NULL;
        for (size_t i = 0; i < ARRAY_LEN(entities); i++)
            entity = *text == entities[i].sign ? entities[i].entity : entity;
        if (entity)
            buf_puts(out, entity);
        else
            buf_putc(out, *text);
    }
}

/* What is seen: ink and ground change places when reversed. */
static short ink(const struct picture_look *look) { return look->reverse ? look->ground : look->colour; }
static short ground(const struct picture_look *look) { return look->reverse ? look->colour : look->ground; }

void picture_classes(struct buf *out, const struct picture_look *look)
{
    size_t before = out->len;
    buf_puts(out, look->bold ? "b " : "");
    buf_puts(out, look->dim ? "d " : "");
    buf_puts(out, look->underline ? "u " : "");
    if (ink(look) == PICTURE_PAPER)
        buf_puts(out, "paper ");
    else if (ink(look) >= 0)
        buf_printf(out, "f%d ", ink(look));
    if (ground(look) == PICTURE_INK)
        buf_puts(out, "ink ");
    else if (ground(look) >= 0)
        buf_printf(out, "g%d ", ground(look));
    if (out->len > before)
        out->data[--out->len] = 0;
}

/* The eight in tones that are read on white paper (at least 4.5 to 1), the bright ones as them; then xterm's cube and its greys. */
static unsigned rgb(int colour)
{
    static const unsigned eight[] = {0x1b1f24, 0xb3261e, 0x1a6b2d, 0x8a5a00, 0x1d4f91, 0x7b2d8b, 0x0b6777, 0x666e7a};
    static const unsigned char steps[] = {0, 95, 135, 175, 215, 255};
    if (colour < 16)
        return eight[colour & 7];
    if (colour >= 232)
        return (unsigned)(8 + (colour - 232) * 10) * 0x010101;
    int at = colour - 16;
    return (unsigned)(steps[at / 36] << 16 | steps[at / 6 % 6] << 8 | steps[at % 6]);
}

void picture_sheet(struct buf *out, const struct picture *picture)
{
    bool inks[256] = {false}, grounds[256] = {false};
    for (int y = 0; y < picture->count; y++)
        for (int x = 0; x < picture->rows[y].count; x++) {
            const struct picture_look *look = &picture->rows[y].cells[x].look;
            if (ink(look) >= 0)
                inks[ink(look)] = true;
            if (ground(look) >= 0)
                grounds[ground(look)] = true;
        }
    buf_puts(out, ".b{font-weight:bold}.d{opacity:.7}.u{text-decoration:underline}"
                  ".paper{color:#fff}.ink{background:#1b1f24}rect.ink{fill:#1b1f24}");
    for (int i = 0; i < 256; i++)
        if (inks[i])
            buf_printf(out, ".f%d{color:#%06x}", i, rgb(i));
    /* White as a ground is white, not the grey that white ink has on paper. */
    for (int i = 0; i < 256; i++) {
        unsigned tone = i == 7 || i == 15 ? 0xf2f2f2 : rgb(i);
        if (grounds[i])
            buf_printf(out, ".g%d{background:#%06x}rect.g%d{fill:#%06x}", i, tone, i, tone);
    }
}

static void html_row(struct buf *out, const struct picture_row *row)
{
    for (int x = 0; x < row->count;) {
        struct buf classes = BUF_INIT;
        const struct picture_look *look = &row->cells[x].look;
        picture_classes(&classes, look);
        if (classes.len)
            buf_printf(out, "<span class=\"%s\">", classes.data);
        for (; x < row->count && picture_same_look(&row->cells[x].look, look); x++)
            picture_escape(out, row->cells[x].sign);
        buf_puts(out, classes.len ? "</span>" : "");
        buf_free(&classes);
    }
    buf_putc(out, '\n');
}

/* A title is text of one line, and may be as hostile as the picture. */
static void html_title(struct buf *out, const char *title)
{
    cleanup_free char *clean = picture_text(title);
    clean[strcspn(clean, "\n")] = 0;
    picture_escape(out, clean);
}

char *picture_html(const char *text, const char *title)
{
    cleanup_picture struct picture picture;
    struct buf out = BUF_INIT;
    picture_read(&picture, text);
    buf_puts(&out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n<title>");
    html_title(&out, title);
    buf_puts(&out, "</title>\n<style>\nbody{background:#fff;color:#1b1f24;margin:2em}"
                   "pre{font:13px/18px \"DejaVu Sans Mono\",Menlo,Consolas,monospace}");
    picture_sheet(&out, &picture);
    buf_puts(&out, "\n</style>\n</head>\n<body>\n<pre>");
    for (int y = 0; y < picture.count; y++)
        html_row(&out, &picture.rows[y]);
    buf_puts(&out, "</pre>\n</body>\n</html>\n");
    return buf_take(&out);
}

char *picture_text(const char *text)
{
    cleanup_picture struct picture picture;
    struct buf out = BUF_INIT;
    picture_read(&picture, text);
    for (int y = 0; y < picture.count; y++) {
        size_t end = out.len;
        for (int x = 0; x < picture.rows[y].count; x++) {
            const char *sign = picture.rows[y].cells[x].sign;
            buf_puts(&out, sign);
            end = *sign && *sign != ' ' ? out.len : end;
        }
        out.len = end;
        buf_putc(&out, '\n');
    }
    return buf_take(&out);
}

char *picture_for(const char *path, const char *text, const char *title)
{
    if (str_ends(path, ".svg"))
        return picture_svg(text, title);
    return str_ends(path, ".html") ? picture_html(text, title) : picture_text(text);
}
