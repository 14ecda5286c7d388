/* Ways into the lesson reader and the lab from other screens: what is open already is shown again, not opened anew. */
#ifndef SLIPWAY_TUI_READER_H
#define SLIPWAY_TUI_READER_H

struct app;

void reader_show(struct app *app, const char *slug);
void lab_show(struct app *app, const char *slug);

#endif
