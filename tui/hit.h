/* What the mouse can hit: while a frame is drawn, what can be clicked says where it is. Of two that lie over each other the one
 * drawn last is hit.
 */
#ifndef SLIPWAY_TUI_HIT_H
#define SLIPWAY_TUI_HIT_H

#include "tui/draw.h"
#include "tui/input.h"

struct action;
struct app;
struct list;
struct pane;

void hit_clear(void);              /* a new frame, or something that lies over all that was drawn */
void hit_frame(const void *state); /* the state of the screen that is drawn: a click before the next screen's frame hits nothing */
void hit_action(struct area area, int y, int x, int width, const struct action *action); /* a click runs it, when it is offered */
void hit_call(struct area area, int y, int x, int width, void (*call)(struct app *app, long argument), long argument);
void hit_list(struct area area, struct list *list, int top, int count); /* rows of a list: called by list_fit() */
void hit_pane(struct area area, struct pane *pane);
/* A border that the mouse takes along: told where it is while the button is held, and `done` when it is let go. */
typedef void (*border_moved)(struct app *app, int y, int x, bool done);
void hit_border(struct area area, border_moved moved);

/* Does what the mouse asks for: a click chooses, a double click is Enter, the wheel moves, in a terminal pane its program decides.
 */
void hit_mouse(struct app *app, const struct mouse *mouse);

#endif
