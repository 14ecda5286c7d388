/* A table of things to look through: sorted by any column, filtered (list.h has how), several of them marked. Shared by the tables
 * of the explorer.
 *
 * A row is a flat JSON object with "id" and what the columns name; numbers are sorted as numbers, the rest as text. The selection
 * and the marks follow the things, not their places. Nothing here asks the engine.
 */
#ifndef SLIPWAY_TUI_BROWSE_H
#define SLIPWAY_TUI_BROWSE_H

#include "tui/list.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct browse_column {
    struct column look;
    const char *key;                            /* NULL: only drawn, not for ordering */
    char *(*text)(long long number, char *out); /* how a number is written (UNITS_TEXT bytes); NULL: in full */
    bool from_most;                             /* sorted from the greatest down, as sizes and ages are wanted */
};

struct browse {
    const struct browse_column *columns;
    int column_count;
    json_t *rows;  /* all of them */
    size_t *order; /* of those on show: places in `rows` */
    int shown;
    struct list list;
    char selected[256];
    int sort; /* a column; -1: as they came */
    bool reversed;
    json_t *marks; /* id -> true */
    struct filter filter;
    /* Draws the cells of a row instead of the texts of its values; NULL: those. `on`: it is the selected one. */
    void (*draw)(void *data, const struct table *table, struct area area, int y, const json_t *row, bool on);
    void *data;
    char filtered[EDIT_MAX]; /* what the rows on show were chosen by */
};

void browse_open(struct browse *browse, const struct browse_column *columns, int count, int sort);
void browse_close(struct browse *browse);

void browse_take(struct browse *browse, json_t *rows); /* a new reference is taken; marks of what is gone go too */
json_t *browse_selected(struct browse *browse);        /* borrowed; NULL when nothing is on show */
json_t *browse_row(const struct browse *browse, int shown);

void browse_mark(struct browse *browse);     /* the selected one, or no longer; the selection moves on */
void browse_mark_all(struct browse *browse); /* of those on show; none when all are */
bool browse_marked(const struct browse *browse, const json_t *row);
/* What an action is for: the marked ones, or the selected one when none is marked. A new array of rows. */
json_t *browse_chosen(struct browse *browse);

void browse_sort(struct browse *browse, int column); /* the same again: reversed */
void browse_sort_next(struct browse *browse);
bool browse_key(struct browse *browse, keycode key); /* moving */
void browse_draw(struct browse *browse, struct area area);
void browse_note(const struct browse *browse, char *out, size_t room); /* "3 of 12, 2 marked" */

#endif
