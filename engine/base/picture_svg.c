/* Cells as SVG: grounds as rectangles, frames and blocks as paths, words as text that is held to its cells. */
#include "base/picture.h"

#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

enum { WIDTH = 8, HEIGHT = 18, BASELINE = 13, MARGIN = 12 }; /* of a cell, and around all */

enum { UP, RIGHT, DOWN, LEFT, ARMS };

/* Lines from the middle of a cell to its edges: '1' light, '2' heavy, '3' double; in the order above. */
static const struct {
    char sign[4], arms[ARMS + 1];
} frames[] = {{"─", "0101"}, {"│", "1010"}, {"┌", "0110"}, {"┐", "0011"}, {"└", "1100"}, {"┘", "1001"}, {"├", "1110"},
              {"┤", "1011"}, {"┬", "0111"}, {"┴", "1101"}, {"┼", "1111"}, {"━", "0202"}, {"┃", "2020"}, {"═", "0303"},
              {"║", "3030"}, {"╔", "0330"}, {"╗", "0033"}, {"╚", "3300"}, {"╝", "3003"}, {"╠", "3330"}, {"╣", "3033"},
              {"╦", "0333"}, {"╩", "3303"}, {"╬", "3333"}, {"╭", "0110"}, {"╮", "0011"}, {"╰", "1100"}, {"╯", "1001"}};

/* Blocks: how many eighths of the cell from the left and from below, and how dense in quarters. */
static const struct {
    char sign[4];
    int across, up, density;
} blocks[] = {{"█", 8, 8, 4}, {"░", 8, 8, 1}, {"▒", 8, 8, 2}, {"▓", 8, 8, 3}, {"▌", 4, 8, 4}, {"▁", 8, 1, 4},
              {"▂", 8, 2, 4}, {"▃", 8, 3, 4}, {"▄", 8, 4, 4}, {"▅", 8, 5, 4}, {"▆", 8, 6, 4}, {"▇", 8, 7, 4}};

/* All of them begin with this byte of UTF-8; nearly nothing else in a picture does. */
static bool may_be_drawn(const char *sign) { return *sign == '\xE2'; }

static const char *arms_of(const char *sign)
{
    for (size_t i = 0; may_be_drawn(sign) && i < ARRAY_LEN(frames); i++)
        if (strcmp(frames[i].sign, sign) == 0)
            return frames[i].arms;
    return NULL;
}

static int block_of(const char *sign)
{
    for (size_t i = 0; may_be_drawn(sign) && i < ARRAY_LEN(blocks); i++)
        if (strcmp(blocks[i].sign, sign) == 0)
            return (int)i;
    return -1;
}

static bool blank(const char *sign) { return strcmp(sign, " ") == 0; }
static bool drawn(const char *sign) { return arms_of(sign) || block_of(sign) >= 0; }

/* How many cells from x on are as the first: of one look, and with `alike` of one sign. */
static int span(const struct picture_row *row, int x, bool alike)
{
    int end = x + 1;
    while (end < row->count && picture_same_look(&row->cells[end].look, &row->cells[x].look) &&
           (!alike || strcmp(row->cells[end].sign, row->cells[x].sign) == 0))
        end++;
    return end - x;
}

static void open_with(struct buf *out, const char *element, const char *kind, const struct picture_look *look)
{
    buf_printf(out, "<%s class=\"%s", element, kind);
    size_t before = out->len;
    buf_puts(out, *kind ? " " : "");
    picture_classes(out, look);
    if (*kind && out->len == before + 1)
        out->data[--out->len] = 0;
    buf_putc(out, '"');
}

static void ground(struct buf *out, const struct picture_row *row, int y)
{
    for (int x = 0, count; x < row->count; x += count) {
        const struct picture_look *look = &row->cells[x].look;
        count = span(row, x, false);
        if ((look->reverse ? look->colour : look->ground) == PICTURE_PAPER)
            continue;
        struct picture_look bare = *look;
        bare.bold = bare.dim = bare.underline = false;
        open_with(out, "rect", "", &bare);
        buf_printf(out, " x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", x * WIDTH, y * HEIGHT, count * WIDTH, HEIGHT);
    }
}

/* One arm, from the middle (x, y) of its cell; a level one goes on through the `count` cells that are the same. */
static void arm(struct buf *out, int which, char weight, int x, int y, int count)
{
    static const int across[ARMS] = {0, 1, 0, -1}, down[ARMS] = {-1, 0, 1, 0};
    int length = across[which] ? WIDTH / 2 : HEIGHT / 2;
    int far = which == RIGHT ? length + (count - 1) * WIDTH : length;
    for (int side = -1; side <= 1; side++) {
        if ((side == 0) == (weight == '3'))
            continue; /* two lines beside the middle, or one on it */
        buf_printf(out, "M%d,%d%c%d", x + (across[which] ? 0 : 2 * side), y + (across[which] ? 2 * side : 0),
                   across[which] ? 'h' : 'v', far * (across[which] + down[which]));
    }
}

static void frame(struct buf *out, const char *arms, const struct picture_look *look, int x, int y, int count)
{
    open_with(out, "path", strchr(arms, '2') ? "h" : "l", look);
    buf_puts(out, " d=\"");
    for (int i = 0; i < ARMS; i++)
        if (arms[i] != '0')
            arm(out, i, arms[i], x * WIDTH + WIDTH / 2, y * HEIGHT + HEIGHT / 2, count);
    buf_puts(out, "\"/>\n");
}

static void block(struct buf *out, int which, const struct picture_look *look, int x, int y, int count)
{
    int high = HEIGHT * blocks[which].up / 8, wide = WIDTH * blocks[which].across / 8;
    open_with(out, "path", "", look);
    if (blocks[which].density < 4)
        buf_printf(out, " opacity=\".%d\"", blocks[which].density * 25);
    buf_puts(out, " d=\"");
    for (int i = 0; i < (wide == WIDTH ? 1 : count); i++) {
        int across = wide == WIDTH ? count * WIDTH : wide;
        buf_printf(out, "M%d,%dh%dv%dh%dz", (x + i) * WIDTH, (y + 1) * HEIGHT - high, across, high, -across);
    }
    buf_puts(out, "\"/>\n");
}

/* Words with single blanks between are one text; the grid holds it, so that fonts of another width do no harm. */
static int words(struct buf *out, const struct picture_row *row, int x, int y)
{
    int most = span(row, x, false), count = 1;
    while (count < most) {
        const char *sign = row->cells[x + count].sign, *next = count + 1 < most ? row->cells[x + count + 1].sign : " ";
        if (drawn(sign) || (blank(sign) && (blank(next) || drawn(next))))
            break;
        count++;
    }
    open_with(out, "text", "", &row->cells[x].look);
    buf_printf(out, " x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">", x * WIDTH, y * HEIGHT + BASELINE,
               count * WIDTH);
    for (int i = 0; i < count; i++)
        picture_escape(out, row->cells[x + i].sign);
    buf_puts(out, "</text>\n");
    return count;
}

static void row_of(struct buf *out, const struct picture_row *row, int y)
{
    ground(out, row, y);
    for (int x = 0, count; x < row->count; x += count) {
        const char *sign = row->cells[x].sign, *arms = arms_of(sign);
        int which = block_of(sign);
        count = 1;
        if (blank(sign) || !*sign)
            continue;
        bool repeats = which >= 0 || (arms && arms[LEFT] == arms[RIGHT] && arms[UP] == '0' && arms[DOWN] == '0');
        if (repeats)
            count = span(row, x, true);
        if (arms)
            frame(out, arms, &row->cells[x].look, x, y, count);
        else if (which >= 0)
            block(out, which, &row->cells[x].look, x, y, count);
        else
            count = words(out, row, x, y);
    }
}

char *picture_svg(const char *text, const char *title)
{
    cleanup_picture struct picture picture;
    cleanup_free char *clean = picture_text(title);
    struct buf out = BUF_INIT;
    picture_read(&picture, text);
    clean[strcspn(clean, "\n")] = 0;
    int width = picture.columns * WIDTH + 2 * MARGIN, height = picture.count * HEIGHT + 2 * MARGIN;
    buf_printf(&out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "viewBox=\"%d %d %d %d\">\n<title>",
               width, height, -MARGIN, -MARGIN, width, height);
    picture_escape(&out, clean);
    buf_puts(&out, "</title>\n<style>svg{color:#1b1f24}text,path{fill:currentColor}.l,.h{fill:none;stroke:currentColor}"
                   ".h{stroke-width:2.5}text{font:13px \"DejaVu Sans Mono\",Menlo,Consolas,monospace;white-space:pre}");
    picture_sheet(&out, &picture);
    buf_printf(&out, "</style>\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", -MARGIN, -MARGIN, width,
               height);
    for (int y = 0; y < picture.count; y++)
        row_of(&out, &picture.rows[y], y);
    buf_puts(&out, "</svg>\n");
    return buf_take(&out);
}
