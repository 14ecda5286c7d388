/* A shelf of the library: what there is to read or to do as a table, and below it what the selected one is about.
 *
 * Lessons and labs are two shelves; what differs between them is in `struct shelf`, a const table for each.
 */
#ifndef SLIPWAY_TUI_SHELF_H
#define SLIPWAY_TUI_SHELF_H

#include "tui/draw.h"
#include "tui/library.h"
#include "tui/list.h"

#include <stddef.h>

struct app;

/* One row, borrowed from the library. */
struct shelf_item {
    const char *slug, *title, *domain;
    size_t parts; /* pages or steps */
    int minutes;
};

struct shelf_view {
    struct list list;
    struct filter filter;
};

struct shelf {
    const char *title;  /* of the box: "Lessons" */
    const char *things; /* in sentences: "lessons" */
    const char *kind;   /* in the learner's progress: "lesson" */
    const char *item_head, *parts_head;
    size_t (*count)(const struct library *library);
    struct shelf_item (*item)(const struct library *library, size_t index);
    void (*draw_about)(struct app *app, void *state, struct area area, const struct library *library, size_t index);
    void (*open)(struct app *app, const char *slug);
};

/* `state` is handed on to draw_about. */
void shelf_draw(struct app *app, const struct shelf *shelf, struct shelf_view *view, void *state, struct area area);
bool shelf_key(const struct shelf *shelf, struct shelf_view *view, keycode key);
void shelf_open(struct app *app, const struct shelf *shelf, const struct shelf_view *view); /* the selected one */

/* For draw_about: what one learns from it under a head, from row `y` on; nothing when `objectives` is NULL. */
void shelf_draw_objectives(struct area area, int y, const char *head, char **objectives);

#endif
