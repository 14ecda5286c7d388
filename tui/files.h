/* The files of an image or a container as one tree, merged from its layers: see files.c. */
#ifndef SLIPWAY_TUI_FILES_H
#define SLIPWAY_TUI_FILES_H

struct app;

/* `kind`: "images" or "containers"; `layer`: as the stack is up to this one, 0: all of it. */
void files_show(struct app *app, const char *kind, const char *id, const char *name, long long layer);

#endif
