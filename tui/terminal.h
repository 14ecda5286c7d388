/* A terminal in a rectangle of cells: bytes of a program in, cells out, keys translated to what such a terminal sends.
 *
 * The program inside is taken to be hostile: nothing that it writes leaves this module except as cells and as the answers that a
 * terminal gives (cursor position reports), which go to `reply`. The emulator behind is not visible here and can be replaced. Never
 * smaller than 10x2, whatever is asked.
 */
#ifndef SLIPWAY_TUI_TERMINAL_H
#define SLIPWAY_TUI_TERMINAL_H

#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERMINAL_NAME "screen-256color" /* TERM for what runs inside */
enum { TERMINAL_MIN_COLUMNS = 10, TERMINAL_MIN_ROWS = 2, TERMINAL_SCROLLBACK = 2000 };

struct buf;
struct terminal;

struct terminal_cell {
    uint32_t signs[4]; /* a base character and what combines with it; signs[0] 0 for a blank */
    unsigned count, width;
    int foreground, background; /* 0..255, or -1 for the outer terminal's own */
    unsigned look;              /* LOOK_... of palette.h */
};

void cell_text(const struct terminal_cell *cell, struct buf *text); /* appends UTF-8; a blank is one space */

typedef void (*terminal_reply)(void *data, const char *bytes, size_t len);
typedef void (*terminal_show)(void *data, int y, int x, const struct terminal_cell *cell);

struct terminal *terminal_new(int columns, int rows, terminal_reply reply, void *data);
void terminal_free(struct terminal *terminal);
void terminal_feed(struct terminal *terminal, const char *bytes, size_t len);
void terminal_resize(struct terminal *terminal, int columns, int rows);
void terminal_size(const struct terminal *terminal, int *columns, int *rows);
void terminal_key(struct terminal *terminal, keycode key); /* what it sends goes to `reply` */
/* The mouse, its place counted from the terminal's corner: reported to `reply` if the program wants to know; false when it does
 * not.
 */
bool terminal_mouse(struct terminal *terminal, const struct mouse *mouse);
bool terminal_wants_mouse(const struct terminal *terminal);
bool terminal_wants_motion(const struct terminal *terminal); /* also without a button */
bool terminal_alternate(const struct terminal *terminal);    /* a full-screen program's own screen, which has no history */
/* Text as if pasted, without its control characters; between marks when the program asked for them. The marks alone are for what is
 * pasted key by key. */
void terminal_paste(struct terminal *terminal, const char *text);
void terminal_paste_mark(struct terminal *terminal, bool begin);
/* All rows there are, the oldest of the history first and the screen's own last, numbered from 0; how many. At most
 * TERMINAL_SCROLLBACK and the screen's. */
int terminal_history(struct terminal *terminal, terminal_show show, void *data);
void terminal_draw(struct terminal *terminal, terminal_show show, void *data);
bool terminal_cursor(const struct terminal *terminal, int *y, int *x); /* false when hidden */
char *terminal_text(struct terminal *terminal); /* what is on show, a line a row, trailing blanks dropped; allocated */

#endif
