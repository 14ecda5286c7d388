/* What lies over a screen: the help page (its keys) and the explanation of the picture on show. */
#ifndef SLIPWAY_TUI_HELP_H
#define SLIPWAY_TUI_HELP_H

#include "tui/draw.h"

struct app;

void help_draw(struct app *app);
void explain_draw(struct app *app);

/* A box in the middle, on a cleared ground; its inside. */
struct area draw_over(int rows, int columns, const char *title);

#endif
