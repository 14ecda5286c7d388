/* The course map's state: what learn.c does and learn_draw.c shows. */
#ifndef SLIPWAY_TUI_LEARN_STATE_H
#define SLIPWAY_TUI_LEARN_STATE_H

#include "tui/app.h"
#include "tui/course_rows.h"

struct learn {
    struct list list;
    struct filter filter;
    bool placed; /* the selection was put on what comes next */
    bool topics; /* shown below their lessons */
    struct course_row rows[COURSE_ROWS_MAX];
    int count;
    const struct lesson *next;
    int top, lines, height; /* of what is told about the selected row: scrolled to; as drawn last */
};

const struct course_row *learn_selected(const struct learn *learn); /* NULL when there are no rows */
enum lesson_state learn_state_of(const struct app *app, const struct learn *learn, const struct lesson *lesson);
void learn_draw(struct app *app, struct learn *learn, struct area area);

#endif
