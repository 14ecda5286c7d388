/* The student's side of a look at their terminal: asks the school who looks, says so on the screen, and then offers what is in the
 * lab's terminal that is on show. Only on a machine that has a class.
 *
 * Keys cannot come this way: what the school answers is a list of names.
 */
#ifndef SLIPWAY_TUI_WATCHED_H
#define SLIPWAY_TUI_WATCHED_H

#include "tui/draw.h"

struct app;

void watched_open(struct app *app);
void watched_close(struct app *app);

/* The line that says who looks, in row 0 of the area; rows used, 0 when nobody does. Only who was named here sees anything. */
int watched_draw(struct app *app, struct area area);

#endif
