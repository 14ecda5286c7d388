/* Looking back, drawn: the rows on show, what is marked and what was found turned around, the line that is being written. */
#include "tui/scrollback_state.h"

#include <ncurses.h>
#include <stdio.h>
#include <wchar.h>

void cell_draw(struct area area, int y, int x, const struct terminal_cell *cell, unsigned mark)
{
    if (y >= area.h || x + (int)cell->width > area.w)
        return;
    wchar_t text[8];
    int count = 0;
    for (unsigned i = 0; i < cell->count && cell->signs[i]; i++) {
        uint32_t sign = cell->signs[i];
        if (sign < 0x20 || (sign >= 0x7f && sign < 0xa0) || (sign >= 0x80 && (!glyph_utf8() || wcwidth((wchar_t)sign) < 0)))
            sign = '?';
        text[count++] = (wchar_t)sign;
    }
    unsigned look = cell->look ^ mark;
    if (!count) {
        if (cell->background < 0 && !(look & (LOOK_REVERSE | LOOK_UNDERLINE)))
            return; /* a blank on the terminal's own background is there already */
        text[count++] = ' ';
    }
    look_on(cell->foreground, cell->background, look);
    mvaddnwstr(area.y + y, area.x + x, text, count);
}

static void draw_row(const struct scrollback *back, struct area area, int row, int y)
{
    const struct back_line *line = &back->lines[y];
    int found = 0;
    for (int x = 0; x < line->count; x++) {
        int here = search_at(back, y, x);
        found = here > found ? here : found;
        unsigned mark = marked(back, y, x) ? LOOK_REVERSE : found > 0 ? LOOK_REVERSE | LOOK_UNDERLINE : 0;
        if (line->cells[x].width)
            cell_draw(area, row, x, &line->cells[x], mark);
        found -= found > 0;
    }
    if (line->count == 0 && marked(back, y, 0))
        put_fill(area, row, 0, 1, S_SELECT);
}

void scrollback_draw(struct scrollback *back, struct area area, bool focus)
{
    back->rows = area.h;
    back->width = area.w;
    int last = back->count - area.h > 0 ? back->count - area.h : 0;
    if (back->top > last)
        back->top = last;
    if (back->y >= back->top + area.h)
        back->top = back->y - area.h + 1;
    for (int row = 0; row < area.h && back->top + row < back->count; row++)
        draw_row(back, area, row, back->top + row);
    char text[64];
    snprintf(text, sizeof text, " looking back: row %d of %d ", back->y + 1, back->count);
    put_right(area, 0, area.w, S_BANNER, text);
    if (back->asking) {
        put_fill(area, area.h - 1, 0, area.w, S_TEXT);
        put(area, area.h - 1, 0, S_KEY, back->forward ? "/" : "?");
        edit_draw(&back->edit, area, area.h - 1, 1, area.w - 1, S_STRONG, focus);
    }
}

bool scrollback_cursor(const struct scrollback *back, int *y, int *x)
{
    *y = back->y - back->top;
    *x = back->x;
    return !back->asking && *y >= 0 && *y < back->rows && *x < back->width;
}

const struct scrollback_hint *scrollback_hints(const struct scrollback *back)
{
    static const struct scrollback_hint moving[] = {{"q", "return"}, {"/ ?", "search"},         {"n N", "next"}, {"v V", "mark"},
                                                    {"y", "copy"},   {"Y", "copy outside too"}, {NULL, NULL}};
    static const struct scrollback_hint writing[] = {{"Enter", "search"}, {"Esc", "not"}, {NULL, NULL}};
    return back->asking ? writing : moving;
}
