/* Filled curves. */
#include "tui/chart.h"

#include "base/memory.h"

enum { ACROSS = 2, DOWN = 4 };

size_t chart_room(struct area area) { return area.w > 0 ? (size_t)area.w * ACROSS : 0; }

/* The value that stands `from_right` places from the right edge; below zero where there is none. */
static double value_at(const double *values, size_t count, size_t from_right)
{
    return from_right < count ? values[count - 1 - from_right] : -1;
}

/* How many of `steps` a value fills: what is not nothing is seen. */
static int level_of(double value, double most, int steps)
{
    int level = value > 0 && most > 0 ? (int)(value / most * steps + 0.5) : 0;
    if (value > 0 && level == 0)
        level = 1;
    return level > steps ? steps : level;
}

/* Of one column of dots in one cell: bits from the top down. `cell` counts from where the curve stands. */
static unsigned dots_of(int level, int cell, bool down)
{
    int filled = level - cell * DOWN;
    unsigned dots = 0;
    for (int i = 0; i < DOWN && i < filled; i++)
        dots |= 1u << (down ? i : DOWN - 1 - i);
    return dots;
}

static void put_plain(struct area area, int y, int x, int filled, enum style style)
{
    static const char *const signs[] = {" ", ".", ":", "|", "#"};
    put(area, y, x, style, signs[filled < 0 ? 0 : filled > DOWN ? DOWN : filled]);
}

double draw_chart(struct area area, const double *values, size_t count, double most, bool down, enum style style)
{
    size_t room = chart_room(area);
    bool own = most <= 0;
    for (size_t i = 0; own && i < count && i < room; i++)
        most = value_at(values, count, i) > most ? value_at(values, count, i) : most;
    for (int x = 0; x < area.w; x++) {
        size_t right = (size_t)(area.w - 1 - x) * ACROSS;
        double pair[ACROSS] = {value_at(values, count, right + 1), value_at(values, count, right)};
        int levels[ACROSS] = {level_of(pair[0], most, area.h * DOWN), level_of(pair[1], most, area.h * DOWN)};
        for (int cell = 0; cell < area.h; cell++) {
            int y = down ? cell : area.h - 1 - cell;
            unsigned dots = dots_of(levels[0], cell, down) | dots_of(levels[1], cell, down) << DOWN;
            char sign[4];
            if (!glyph_braille(dots, sign))
                put_plain(area, y, x, (levels[0] > levels[1] ? levels[0] : levels[1]) - cell * DOWN, style);
            else if (dots)
                put(area, y, x, style, sign);
        }
    }
    return most;
}
