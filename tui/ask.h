/* A line that is asked for at the foot of a screen: what to look for, what to keep on show, the name of a thing to make.
 *
 * While it is open the screen says so by typing() and gives it all keys.
 */
#ifndef SLIPWAY_TUI_ASK_H
#define SLIPWAY_TUI_ASK_H

#include "tui/draw.h"
#include "tui/edit.h"

#include <stdbool.h>

struct ask {
    bool open;
    char prompt[40];
    struct edit edit;
};

enum ask_end { ASK_GOES_ON, ASK_GIVEN, ASK_LEFT };

void ask_begin(struct ask *ask, const char *prompt, const char *text);
enum ask_end ask_key(struct ask *ask, keycode key); /* closes it by Enter (given) and Esc (left) */
/* Takes the last row of the area while open, or while `kept` (what was given before, which Esc takes away) is not empty; gives the
 * area that is left. */
struct area ask_draw(const struct ask *ask, struct area area, const char *kept);

#endif
