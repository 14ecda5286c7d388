/* What a command did: containers that came and went, their namespaces, cgroup and processes, and the kernel steps since.
 *
 * changes_begin() remembers how things are; changes_tick() asks again while the answer may still change.
 */
#ifndef SLIPWAY_TUI_CHANGES_H
#define SLIPWAY_TUI_CHANGES_H

#include "tui/draw.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;

struct changes {
    bool begun, asking, fresh; /* `fresh`: something came since it was looked at */
    char command[200];
    json_t *before;     /* containers then: id -> state */
    json_t *steps;      /* since then */
    json_t *namespaces; /* container id -> its document */
    long long seq;
    int64_t begun_ns, last_ns;
    int top, lines, rows;
};

void changes_begin(struct app *app, struct changes *changes, const char *command);
void changes_tick(struct app *app, struct changes *changes);
bool changes_busy(const struct changes *changes); /* worth asking often */
void changes_draw(struct app *app, struct changes *changes, struct area area);
int changes_line(struct app *app, const struct changes *changes, char *out, size_t room); /* one line; the number of steps */
void changes_free(struct changes *changes);

#endif
