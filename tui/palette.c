/* Styles and themes as tables: the attributes, the colours among 256 and among 8, and what stands in without colours. */
#include "tui/palette.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ncurses.h>
#include <stdlib.h>

/* The attributes with colours, and those that stand in without. */
static const struct {
    attr_t attrs, mono;
} looks[S_COUNT] = {
    [S_TEXT] = {A_NORMAL, A_NORMAL},  [S_STRONG] = {A_BOLD, A_BOLD},     [S_DIM] = {A_NORMAL, A_DIM},
    [S_TITLE] = {A_BOLD, A_BOLD},     [S_ACCENT] = {A_NORMAL, A_NORMAL}, [S_CODE] = {A_NORMAL, A_BOLD},
    [S_OK] = {A_NORMAL, A_NORMAL},    [S_WARN] = {A_NORMAL, A_BOLD},     [S_BAD] = {A_BOLD, A_BOLD},
    [S_KEY] = {A_BOLD, A_BOLD},       [S_SELECT] = {A_BOLD, A_REVERSE},  [S_CHANGED] = {A_BOLD, A_UNDERLINE},
    [S_BANNER] = {A_BOLD, A_REVERSE},
};

/* Of 256 colours, and of 8: for each style its colour, and its ground where that is not the theme's. -1: the theme's own, which is
 * the terminal's own where that is -1 too. The colours of "colour-blind" are those of Okabe and Ito: blue for right, vermilion for
 * wrong, told apart by all. */
struct colour {
    short many, many_ground, few, few_ground;
};

static const struct theme {
    struct colour base; /* its `many_ground` and `few_ground` are the ground of all */
    struct colour of[S_COUNT];
} themes[] = {
    /* auto */
    {{-1, -1, -1, -1},
     {[S_TEXT] = {-1, -1, -1, -1},
      [S_STRONG] = {-1, -1, -1, -1},
      [S_DIM] = {244, -1, -1, -1},
      [S_TITLE] = {32, -1, COLOR_BLUE, -1},
      [S_ACCENT] = {32, -1, COLOR_CYAN, -1},
      [S_CODE] = {36, -1, COLOR_CYAN, -1},
      [S_OK] = {35, -1, COLOR_GREEN, -1},
      [S_WARN] = {172, -1, COLOR_YELLOW, -1},
      [S_BAD] = {167, -1, COLOR_RED, -1},
      [S_KEY] = {32, -1, COLOR_CYAN, -1},
      [S_SELECT] = {231, 25, COLOR_WHITE, COLOR_BLUE},
      [S_CHANGED] = {172, -1, COLOR_YELLOW, -1},
      [S_BANNER] = {231, 124, COLOR_WHITE, COLOR_RED}}},
    /* dark */
    {{252, 234, COLOR_WHITE, COLOR_BLACK},
     {[S_TEXT] = {252, -1, COLOR_WHITE, -1},
      [S_STRONG] = {231, -1, COLOR_WHITE, -1},
      [S_DIM] = {245, -1, COLOR_WHITE, -1},
      [S_TITLE] = {111, -1, COLOR_CYAN, -1},
      [S_ACCENT] = {111, -1, COLOR_CYAN, -1},
      [S_CODE] = {79, -1, COLOR_CYAN, -1},
      [S_OK] = {114, -1, COLOR_GREEN, -1},
      [S_WARN] = {221, -1, COLOR_YELLOW, -1},
      [S_BAD] = {210, -1, COLOR_RED, -1},
      [S_KEY] = {117, -1, COLOR_CYAN, -1},
      [S_SELECT] = {231, 61, COLOR_WHITE, COLOR_BLUE},
      [S_CHANGED] = {221, -1, COLOR_YELLOW, -1},
      [S_BANNER] = {231, 124, COLOR_WHITE, COLOR_RED}}},
    /* light */
    {{235, 255, COLOR_BLACK, COLOR_WHITE},
     {[S_TEXT] = {235, -1, COLOR_BLACK, -1},
      [S_STRONG] = {16, -1, COLOR_BLACK, -1},
      [S_DIM] = {242, -1, COLOR_BLACK, -1},
      [S_TITLE] = {25, -1, COLOR_BLUE, -1},
      [S_ACCENT] = {25, -1, COLOR_BLUE, -1},
      [S_CODE] = {23, -1, COLOR_BLUE, -1},
      [S_OK] = {22, -1, COLOR_GREEN, -1},
      [S_WARN] = {94, -1, COLOR_MAGENTA, -1},
      [S_BAD] = {124, -1, COLOR_RED, -1},
      [S_KEY] = {25, -1, COLOR_BLUE, -1},
      [S_SELECT] = {231, 25, COLOR_WHITE, COLOR_BLUE},
      [S_CHANGED] = {94, -1, COLOR_MAGENTA, -1},
      [S_BANNER] = {231, 124, COLOR_WHITE, COLOR_RED}}},
    /* contrast */
    {{231, 16, COLOR_WHITE, COLOR_BLACK},
     {[S_TEXT] = {231, -1, COLOR_WHITE, -1},
      [S_STRONG] = {231, -1, COLOR_WHITE, -1},
      [S_DIM] = {252, -1, COLOR_WHITE, -1},
      [S_TITLE] = {226, -1, COLOR_YELLOW, -1},
      [S_ACCENT] = {51, -1, COLOR_CYAN, -1},
      [S_CODE] = {51, -1, COLOR_CYAN, -1},
      [S_OK] = {46, -1, COLOR_GREEN, -1},
      [S_WARN] = {226, -1, COLOR_YELLOW, -1},
      [S_BAD] = {217, -1, COLOR_RED, -1},
      [S_KEY] = {226, -1, COLOR_YELLOW, -1},
      [S_SELECT] = {16, 226, COLOR_BLACK, COLOR_YELLOW},
      [S_CHANGED] = {226, -1, COLOR_YELLOW, -1},
      [S_BANNER] = {16, 231, COLOR_BLACK, COLOR_WHITE}}},
    /* colour-blind */
    {{-1, -1, -1, -1},
     {[S_TEXT] = {-1, -1, -1, -1},
      [S_STRONG] = {-1, -1, -1, -1},
      [S_DIM] = {244, -1, -1, -1},
      [S_TITLE] = {32, -1, COLOR_BLUE, -1},
      [S_ACCENT] = {32, -1, COLOR_CYAN, -1},
      [S_CODE] = {74, -1, COLOR_CYAN, -1},
      [S_OK] = {32, -1, COLOR_BLUE, -1},
      [S_WARN] = {178, -1, COLOR_YELLOW, -1},
      [S_BAD] = {166, -1, COLOR_RED, -1},
      [S_KEY] = {32, -1, COLOR_CYAN, -1},
      [S_SELECT] = {231, 25, COLOR_WHITE, COLOR_BLUE},
      [S_CHANGED] = {178, -1, COLOR_YELLOW, -1},
      [S_BANNER] = {16, 214, COLOR_BLACK, COLOR_YELLOW}}},
};

const char *const theme_names[] = {"auto", "dark", "light", "contrast", "colour-blind", "mono", NULL};
enum { MONO = ARRAY_LEN(themes) };

static bool can_colours, colours, calm;
static const struct theme *theme = themes;

static int pair_of(int foreground, int background)
{
    int pair = foreground < 0 && background < 0 ? 0 : alloc_pair(foreground, background);
    return pair > 0 ? pair : 0;
}

static struct colour here(struct colour colour)
{
    const struct colour *base = &theme->base;
    bool many = COLORS >= 256;
    short fg = many ? colour.many : colour.few, bg = many ? colour.many_ground : colour.few_ground;
    fg = fg >= 0 ? fg : many ? base->many : base->few;
    bg = bg >= 0 ? bg : many ? base->many_ground : base->few_ground;
    return (struct colour){fg, bg, fg, bg};
}

void palette_open(void)
{
    can_colours = colours = str_empty(getenv("NO_COLOR")) && has_colors() && start_color() == OK;
    if (colours)
        use_default_colors();
}

void palette_calm(bool on) { calm = on; }

bool palette_colours(void) { return colours; }

void palette_theme(int which)
{
    colours = can_colours && which != MONO;
    theme = &themes[which >= 0 && which < MONO ? which : 0];
    cchar_t blank;
    struct colour ground = here((struct colour){-1, -1, -1, -1});
    int pair = colours ? pair_of(ground.many, ground.many_ground) : 0;
    setcchar(&blank, L" ", A_NORMAL, (short)pair, &pair);
    bkgrndset(&blank);
}

/* With few colours bold is bright: a dark colour that is made brighter on a light ground is harder to see, not easier. */
static bool dark_on_light(struct colour colour)
{
    static const char lightness[] = {[COLOR_BLACK] = 0, [COLOR_BLUE] = 1, [COLOR_RED] = 2,    [COLOR_MAGENTA] = 3,
                                     [COLOR_GREEN] = 4, [COLOR_CYAN] = 5, [COLOR_YELLOW] = 6, [COLOR_WHITE] = 7};
    return COLORS < 16 && colour.few >= 0 && colour.few_ground >= 0 && lightness[colour.few] < lightness[colour.few_ground];
}

void style_on(enum style style)
{
    if (calm && style == S_CHANGED)
        style = S_TEXT;
    if (!colours) {
        attr_set(looks[style].mono, 0, NULL);
        return;
    }
    struct colour colour = here(theme->of[style]);
    attr_t attrs = looks[style].attrs;
    if (COLORS < 256 && style == S_DIM)
        attrs |= A_DIM;
    if (dark_on_light(colour))
        attrs &= ~(attr_t)A_BOLD;
    int pair = pair_of(colour.many, colour.many_ground);
    attr_set(attrs, 0, NULL);
    attr_set(attrs, (short)pair, &pair);
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
        struct colour own = here((struct colour){(short)foreground, (short)background, (short)foreground, (short)background});
        pair = pair_of(own.many, own.many_ground);
    }
    attr_set(attrs, (short)pair, &pair);
}
