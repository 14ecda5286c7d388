/* The insides of looking back, shared by moving and copying (scrollback.c), searching (scrollback_search.c) and drawing. */
#ifndef SLIPWAY_TUI_SCROLLBACK_STATE_H
#define SLIPWAY_TUI_SCROLLBACK_STATE_H

#include "tui/edit.h"
#include "tui/scrollback.h"

#include <stddef.h>

/* The cells of one row up to the last that is not blank, one for each column; the second half of a wide character has width 0. */
struct back_line {
    struct terminal_cell *cells;
    int count;
};

enum back_mark { MARK_NONE, MARK_SIGNS, MARK_LINES };

struct scrollback {
    struct back_line *lines;
    int count, room;
    int top, y, x;   /* the first row on show; the cursor */
    int rows, width; /* as drawn last */
    enum back_mark mark;
    int mark_y, mark_x;
    bool asking, forward; /* a search is being written; which way the last one went */
    struct edit edit;
    char wanted[EDIT_MAX];
};

/* The length in columns of what is sought where it stands at (y, x); 0 when it does not. Letters in lower case stand for both. */
int search_at(const struct scrollback *back, int y, int x);
/* To the next one, round the ends; says where it is, or that there is none. */
void search_next(struct scrollback *back, struct app *app, bool forward);
/* Whether (y, x) lies between the mark and the cursor. */
bool marked(const struct scrollback *back, int y, int x);

#endif
