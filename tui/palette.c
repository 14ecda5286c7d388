/* Styles as table rows: the attributes, the colour among 256, the colour among 8, and what stands in without colours. */
#include "tui/palette.h"

#include "base/strings.h"

#include <ncurses.h>
#include <stdlib.h>

static const struct {
    attr_t attrs, mono;
    short many_fg, many_bg; /* of 256 */
    short few_fg, few_bg;   /* of 8 */
} table[S_COUNT] = {
    [S_TEXT] = {A_NORMAL, A_NORMAL, -1, -1, -1, -1},
    [S_STRONG] = {A_BOLD, A_BOLD, -1, -1, -1, -1},
    [S_DIM] = {A_NORMAL, A_DIM, 244, -1, -1, -1},
    [S_TITLE] = {A_BOLD, A_BOLD, 32, -1, COLOR_BLUE, -1},
    [S_ACCENT] = {A_NORMAL, A_NORMAL, 32, -1, COLOR_CYAN, -1},
    [S_CODE] = {A_NORMAL, A_BOLD, 36, -1, COLOR_CYAN, -1},
    [S_OK] = {A_NORMAL, A_NORMAL, 35, -1, COLOR_GREEN, -1},
    [S_WARN] = {A_NORMAL, A_BOLD, 172, -1, COLOR_YELLOW, -1},
    [S_BAD] = {A_BOLD, A_BOLD, 167, -1, COLOR_RED, -1},
    [S_KEY] = {A_BOLD, A_BOLD, 32, -1, COLOR_CYAN, -1},
    [S_SELECT] = {A_BOLD, A_REVERSE, 231, 25, COLOR_WHITE, COLOR_BLUE},
    [S_CHANGED] = {A_BOLD, A_UNDERLINE, 172, -1, COLOR_YELLOW, -1},
    [S_BANNER] = {A_BOLD, A_REVERSE, 231, 124, COLOR_WHITE, COLOR_RED},
};

static bool colours;

void palette_open(void)
{
    colours = str_empty(getenv("NO_COLOR")) && has_colors() && start_color() == OK;
    if (colours)
        use_default_colors();
}

void style_on(enum style style)
{
    if (!colours) {
        attr_set(table[style].mono, 0, NULL);
        return;
    }
    short fg = COLORS >= 256 ? table[style].many_fg : table[style].few_fg;
    short bg = COLORS >= 256 ? table[style].many_bg : table[style].few_bg;
    attr_t attrs = table[style].attrs;
    if (COLORS < 256 && style == S_DIM)
        attrs |= A_DIM;
    int pair = fg < 0 && bg < 0 ? 0 : alloc_pair(fg, bg);
    attr_set(attrs, 0, NULL);
    attr_set(attrs, (short)(pair > 0 ? pair : 0), &pair);
}

/* The nearest of eight colours for one of 256, for terminals that have no more. */
static int fewer(int colour)
{
    if (colour < 0)
        return colour;
    if (colour < 16)
        return colour & 7;
    if (colour >= 232)
        return colour >= 244 ? COLOR_WHITE : COLOR_BLACK;
    int cube = colour - 16, red = cube / 36, green = cube / 6 % 6, blue = cube % 6;
    return (red > 2 ? COLOR_RED : 0) | (green > 2 ? COLOR_GREEN : 0) | (blue > 2 ? COLOR_BLUE : 0);
}

void look_on(int foreground, int background, unsigned look)
{
    attr_t attrs = 0;
    attrs |= look & LOOK_BOLD ? A_BOLD : 0;
    attrs |= look & LOOK_UNDERLINE ? A_UNDERLINE : 0;
    attrs |= look & LOOK_REVERSE ? A_REVERSE : 0;
    attrs |= look & LOOK_DIM ? A_DIM : 0;
    int pair = 0;
    if (colours) {
        if (COLORS < 256) {
            foreground = fewer(foreground);
            background = fewer(background);
        }
        if (foreground >= 0 || background >= 0)
            pair = alloc_pair(foreground, background);
    }
    if (pair < 0)
        pair = 0;
    attr_set(attrs, (short)pair, &pair);
}
