/* Looking back in a terminal: its history and screen as they were when the looking began, so that what the program writes meanwhile
 * moves nothing. Moving, searching, marking, copying to the UI's clipboard.
 */
#ifndef SLIPWAY_TUI_SCROLLBACK_H
#define SLIPWAY_TUI_SCROLLBACK_H

#include "tui/draw.h"
#include "tui/input.h"
#include "tui/terminal.h"

#include <stdbool.h>

struct app;
struct scrollback;

struct scrollback *scrollback_new(struct terminal *terminal); /* the cursor where the terminal has it */
void scrollback_free(struct scrollback *back);
void scrollback_draw(struct scrollback *back, struct area area, bool focus);
bool scrollback_cursor(const struct scrollback *back, int *y, int *x); /* within the area drawn last */
/* False: the looking back is over. News goes to the app's line of notes. */
bool scrollback_key(struct scrollback *back, struct app *app, keycode key);
bool scrollback_mouse(struct scrollback *back, struct app *app, const struct mouse *mouse); /* its place counted from the area */

/* The keys, for the footer; while something is written, those of the line. */
struct scrollback_hint {
    const char *keys, *brief;
};
const struct scrollback_hint *scrollback_hints(const struct scrollback *back); /* ends with {NULL, NULL} */

/* Draw one cell of a terminal; with `mark` turned around. */
void cell_draw(struct area area, int y, int x, const struct terminal_cell *cell, unsigned mark);

#endif
