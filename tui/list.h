/* A list that scrolls, with one row selected; and tables, which are lists with columns.
 *
 * A list keeps no rows: the caller says how many there are each time and draws those on show (never more).
 */
#ifndef SLIPWAY_TUI_LIST_H
#define SLIPWAY_TUI_LIST_H

#include "tui/draw.h"
#include "tui/edit.h"
#include "tui/input.h"

#include <stdbool.h>

struct list {
    int selected, top, rows; /* `rows`: how many fitted when drawn last */
};

/* Moves by arrows, j k, PgUp PgDn, Home End g G; true when the key was one of these. */
bool list_key(struct list *list, keycode key, int count);
/* Bring the selection into the area and mark at the right where more rows are; call before drawing. Gives the first row to draw. */
int list_fit(struct list *list, struct area area, int count);
bool list_selected(const struct list *list, int row);

/* The same keys, and Space for a page, for a text that only scrolls: `top` of `total` lines with `rows` on show. */
bool scroll_key(int *top, keycode key, int total, int rows);

/* Keeps `top` within such a text; gives the greatest it can be. The marks are for after drawing the text. */
int scroll_fit(int *top, struct area area, int total);
void scroll_marks(struct area area, int top, int last);

/* What a person looks for in a list: "/" begins it, Enter keeps it, Esc takes it away, the list moves on by the arrows meanwhile. A
 * screen that gives its filter by screen->filter() has all of that; it shows the rows that match, and draws the line. */
struct filter {
    struct edit edit;
    bool typing;
};
bool filter_on(const struct filter *filter);
/* Every word that was written is somewhere in one of the texts, whatever its case; NULL ends them. Without a filter all match. */
bool filter_match(const struct filter *filter, const char *text, ...) __attribute__((sentinel));
bool filter_key(struct filter *filter, keycode key);
/* The line at the foot of a list, while there is a filter; gives what is left of the area. */
struct area filter_draw(const struct filter *filter, struct area area);

struct column {
    const char *title;
    int width;  /* 0: takes what is left (one column of a table) */
    bool right; /* aligned to the right */
    int from;   /* shown when the area is at least this wide */
};

enum { COLUMNS_MAX = 16 };

struct table {
    const struct column *columns;
    int count;
    int x[COLUMNS_MAX], width[COLUMNS_MAX]; /* width 0: not shown */
};

/* Lay the columns out in the area's width and draw the heads in its row 0. */
struct table table_begin(struct area area, const struct column *columns, int count);
/* Mark a row as selected: fills its ground; the style that its cells should then use. */
enum style table_row(struct area area, int y, bool selected);
void table_cell(const struct table *table, struct area area, int y, int column, enum style style, const char *text);

#endif
