/* The palette (":"): what can be done here and everywhere, lessons, labs, containers and images, found by a few letters of them;
 * and commands that are written with arguments, such as ":set theme light".
 */
#ifndef SLIPWAY_TUI_FINDER_H
#define SLIPWAY_TUI_FINDER_H

#include "base/error.h"
#include "tui/input.h"

#include <stdbool.h>

struct app;
struct finder;

/* A command with arguments. Its function fails with a message that is shown in the footer. */
struct typed {
    const char *name, *arguments, *help;
    int (*run)(struct app *app, const char *arguments, struct error *err);
};
extern const struct typed typed_commands[]; /* name NULL ends */
/* Run a line such as "set theme light"; -EINVAL when its first word is no command. */
int typed_run(struct app *app, const char *line, struct error *err);

void finder_open(struct app *app);
void finder_key(struct app *app, keycode key);
void finder_draw(struct app *app);
void finder_close(struct app *app);
/* Lessons and labs have been read: an open palette takes them in, and does what Enter was pressed for too early. */
void finder_books_came(struct app *app);

/* How well the letters of `wanted` are found in their order in `text`: 0 not at all; more for beginnings of words and for
 * neighbours. */
int finder_score(const char *text, const char *wanted);

#endif
