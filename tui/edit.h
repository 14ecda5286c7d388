/* A line that is written: the cursor moves by arrows and by the keys of emacs and readline, text is UTF-8. And what was written
 * before, for lines that are given again.
 */
#ifndef SLIPWAY_TUI_EDIT_H
#define SLIPWAY_TUI_EDIT_H

#include "tui/draw.h"
#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>

enum { EDIT_MAX = 200, HISTORY_MAX = 32 };

struct edit {
    char text[EDIT_MAX];
    size_t at; /* the cursor, in bytes */
};

bool edit_key(struct edit *edit, keycode key);      /* false: no key of a line (Enter, Esc, Tab, up and down) */
void edit_set(struct edit *edit, const char *text); /* the cursor at its end */
/* From (y, x) in `width` columns, the part around the cursor when it is longer; with `focus` the cursor shows. Columns used. */
int edit_draw(const struct edit *edit, struct area area, int y, int x, int width, enum style style, bool focus);

struct history {
    char lines[HISTORY_MAX][EDIT_MAX];
    int count, at;        /* `at` == count: the line being written */
    char draft[EDIT_MAX]; /* that line, while an older one is on show */
};
void history_add(struct history *history, const char *line);               /* not empty, and not the one before again */
bool history_key(struct history *history, struct edit *edit, keycode key); /* Up, Down, Ctrl-P, Ctrl-N */

#endif
