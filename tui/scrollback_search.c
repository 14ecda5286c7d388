/* Searching in what a terminal showed: cell by cell, so that wide characters and what combines stay what they are. */
#include "tui/app.h"
#include "tui/scrollback_state.h"

#include <wctype.h>

static bool has_capital(const char *text)
{
    for (uint32_t sign; (sign = utf8_next(&text));)
        if (iswupper((wint_t)sign))
            return true;
    return false;
}

static bool same(uint32_t sign, uint32_t wanted, bool exact)
{
    return sign == wanted || (!exact && (uint32_t)towlower((wint_t)sign) == wanted);
}

static int match(const struct back_line *line, int x, const char *wanted, bool exact)
{
    int from = x;
    for (uint32_t sign; (sign = utf8_next(&wanted));) {
        if (x >= line->count)
            return 0;
        const struct terminal_cell *cell = &line->cells[x];
        if (!same(cell->count && cell->signs[0] ? cell->signs[0] : ' ', sign, exact))
            return 0;
        x += cell->width > 1 ? 2 : 1;
    }
    return x - from;
}

int search_at(const struct scrollback *back, int y, int x)
{
    return back->wanted[0] ? match(&back->lines[y], x, back->wanted, has_capital(back->wanted)) : 0;
}

/* One step from a cell to the next, or to the one before; round the ends. */
static void step(const struct scrollback *back, int *y, int *x, bool forward)
{
    *x += forward ? 1 : -1;
    if (forward && *x >= back->lines[*y].count) {
        *y = (*y + 1) % back->count;
        *x = 0;
    } else if (!forward && *x < 0) {
        *y = (*y + back->count - 1) % back->count;
        *x = back->lines[*y].count > 0 ? back->lines[*y].count - 1 : 0;
    }
}

static void say_place(struct scrollback *back, struct app *app)
{
    bool exact = has_capital(back->wanted);
    int all = 0, here = 0;
    for (int y = 0; y < back->count; y++)
        for (int x = 0; x < back->lines[y].count; x++)
            if (match(&back->lines[y], x, back->wanted, exact)) {
                all++;
                if (y < back->y || (y == back->y && x <= back->x))
                    here++;
            }
    app_note(app, S_DIM, "\"%s\": %d of %d", back->wanted, here, all);
}

void search_next(struct scrollback *back, struct app *app, bool forward)
{
    if (!back->wanted[0])
        return;
    bool exact = has_capital(back->wanted);
    int y = back->y, x = back->x < back->lines[y].count ? back->x : back->lines[y].count;
    long left = 1; /* steps until it is back where it began */
    for (int i = 0; i < back->count; i++)
        left += back->lines[i].count > 0 ? back->lines[i].count : 1;
    for (; left > 0; left--) {
        step(back, &y, &x, forward);
        if (match(&back->lines[y], x, back->wanted, exact)) {
            back->y = y;
            back->x = x;
            say_place(back, app);
            return;
        }
    }
    app_note(app, S_WARN, "\"%s\" is not in what this terminal showed", back->wanted);
}
