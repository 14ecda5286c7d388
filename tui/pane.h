/* A terminal pane: a terminal (terminal.h) joined to a program, here on this machine through a pty, or in a container through an
 * exec of the engine. At most 16 KiB, and what can be read in 0.7 ms, are taken from the program between two frames; the
 * rest waits in its pipe, so that a flood never makes a key wait.
 */
#ifndef SLIPWAY_TUI_PANE_H
#define SLIPWAY_TUI_PANE_H

#include "base/error.h"
#include "tui/draw.h"
#include "tui/input.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;
struct pane;
struct scrollback;

/* The person's own shell, with slipway's programs first in PATH and DOCKER_HOST set. NULL with an error when no pty can be had. */
struct pane *pane_shell(struct app *app, struct error *err);
/* `config` is the body of POST /containers/{id}/exec (Tty true); taken. Connects in the background; the pane says how that went. */
struct pane *pane_exec(struct app *app, const char *container, json_t *config);
void pane_close(struct pane *pane); /* ends the program: its terminal hangs up */

/* Draws, and resizes the program's terminal to the area. With `focus` the cursor is placed by pane_place_cursor after the frame. */
void pane_draw(struct pane *pane, struct area area, bool focus);
void pane_key(struct pane *pane, keycode key);
void pane_mouse(struct pane *pane, const struct mouse *mouse); /* at a row and column of the pane */
void pane_type(struct pane *pane, const char *text);           /* as if typed; "\r" for Enter */
/* Text from the clipboard, between marks when the program asked for them. The marks alone: around keys that the outer terminal said
 * are a paste. */
void pane_paste(struct pane *pane, const char *text);
void pane_paste_mark(struct pane *pane, bool begin);
void pane_look_back(struct pane *pane);                      /* keys move in the history until the person returns */
const struct scrollback *pane_back(const struct pane *pane); /* NULL: the program has the keys */
bool pane_wants_motion(const struct pane *pane);             /* the mouse also without a button */
bool pane_alive(const struct pane *pane);
const char *pane_state(const struct pane *pane);           /* "" or one line: "connecting", "ended", an error */
int64_t pane_last_output(const struct pane *pane);         /* monotonic ns of the last bytes; 0 before any */
bool pane_cursor(const struct pane *pane, int *y, int *x); /* on the screen, as drawn last; false when there is none */
char *pane_line(struct pane *pane);                        /* the line that the cursor is in, without a prompt; allocated */
struct terminal *pane_terminal(struct pane *pane);

/* The app's back-pressure: give every pane its 16 KiB again. */
void panes_refill(struct app *app);

#endif
