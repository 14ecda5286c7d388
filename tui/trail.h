/* The way that a person came: back and forward again, as in a browser. A screen that is left waits for a while on its way, as it
 * was, unless it is fleeting or has a terminal.
 */
#ifndef SLIPWAY_TUI_TRAIL_H
#define SLIPWAY_TUI_TRAIL_H

#include "tui/screen.h"

#include <stdbool.h>

struct view {
    const struct screen *screen;
    void *state;
    unsigned serial; /* its own, for as long as the program runs */
};

enum { TRAIL_MAX = 32, PARKED_MAX = 3 };

struct trail {
    struct place {
        enum tab tab;
        unsigned serial;
    } places[TRAIL_MAX];
    int count, at;
    struct parked {
        struct view view;
        enum tab tab;
        unsigned under; /* the view that it stood on */
    } parked[PARKED_MAX];
    int parked_count;
};

void trail_note(struct app *app);                                                  /* after anything that may have led elsewhere */
bool trail_park(struct app *app, enum tab tab, struct view *view, unsigned under); /* false: not kept, close it */
bool trail_step(struct app *app, int by); /* -1 back, 1 forward; false: there is nothing that way */
void trail_close(struct app *app);

#endif
