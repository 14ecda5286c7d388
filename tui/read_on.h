/* Where to read on after a question: its lesson and its manual page, as the school tells them with the explanations. */
#ifndef SLIPWAY_TUI_READ_ON_H
#define SLIPWAY_TUI_READ_ON_H

#include "tui/draw.h"

#include <jansson.h>

struct app;

const char *read_on_lesson(const json_t *told);                /* its name, when there is such a lesson here; else NULL */
int read_on_draw(const json_t *told, struct area area, int y); /* a line each; rows used */
void read_on(struct app *app, const json_t *told);             /* opens the lesson */

#endif
