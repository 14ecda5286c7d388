/* The person's own terminal: taking it, and giving it back whatever happens.
 *
 * Three nets: outer_close() on the ordinary way out; a handler on its own stack for crashes, which writes a string made ready
 * beforehand; and a small parent process (outer_guard) for what no handler sees, SIGKILL and the OOM killer.
 */
#ifndef SLIPWAY_TUI_OUTER_H
#define SLIPWAY_TUI_OUTER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Split off a guarding parent. Returns in the child with -1; in the parent, when the child is over, with the exit code to end with
 * (128 + signal after a death by signal, the terminal restored and one line said). */
int outer_guard(void);

/* newterm() with fallbacks for an unknown TERM, raw mode, keys, colours, glyphs. */
int outer_open(struct error *err);
void outer_close(void);

/* Leave the terminal for a while (^Z) and take it again. */
void outer_suspend(void);

/* Ask the terminal for its mouse (presses, releases, drags and the wheel, as SGR sequences), or leave the mouse to it. */
void outer_mouse(bool on);
/* Its moves without a button too, while a program in a pane wants them. */
void outer_motion(bool on);

/* Whether it may be handed what was copied (OSC 52). */
bool outer_takes_copies(void);

/* Size of the terminal now; resizes ncurses when it changed. */
bool outer_resized(void);

#endif
