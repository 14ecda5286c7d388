/* The screen as it is drawn, for pictures: what curses holds, read back cell by cell. */
#ifndef SLIPWAY_TUI_CAPTURE_H
#define SLIPWAY_TUI_CAPTURE_H

#include "base/error.h"

struct app;

/* Draws a frame (into memory; nothing is sent) and gives its lines, with colours as base/picture.h reads them. */
char *capture_screen(struct app *app);
char *capture_text(struct app *app); /* without colours */

/* Save the screen: as SVG or HTML when the name of the file ends so, else as text. */
int capture_save(struct app *app, const char *path, struct error *err);

#endif
