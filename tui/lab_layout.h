/* Where the three panes of a lab stand: the page, the terminal and the picture. The learner moves their borders and changes their
 * places; that is kept in $XDG_CONFIG_HOME/slipway/layout, one line, and holds for every lab.
 */
#ifndef SLIPWAY_TUI_LAB_LAYOUT_H
#define SLIPWAY_TUI_LAB_LAYOUT_H

#include "tui/draw.h"

enum arrangement {
    PAGE_TERMINAL_OVER_PICTURE,
    TERMINAL_PAGE_OVER_PICTURE,
    PICTURE_OVER_PAGE_TERMINAL,
    PAGE_PICTURE_BESIDE_TERMINAL, /* the terminal has the whole height */
    ARRANGEMENTS
};

struct lab_layout {
    enum arrangement arrangement;
    int wider, higher; /* columns of the page and rows of the picture more than usual */
};

struct lab_places {
    struct area page, terminal, picture;
};

/* Fits the layout into the area: borders stop where a pane would get too small, and `layout` is made to say so. */
struct lab_places lab_layout_places(struct lab_layout *layout, struct area area, bool picture);
/* The border between page and terminal is taken to column x, the picture's to row y. */
void lab_layout_width_to(struct lab_layout *layout, struct area area, bool picture, int x);
void lab_layout_height_to(struct lab_layout *layout, struct area area, int y);
struct lab_layout *lab_layout(void); /* the learner's, read when first asked for */
void lab_layout_keep(void);

#endif
