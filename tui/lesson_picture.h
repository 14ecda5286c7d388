/* The live picture beside a page of a lesson: what a ```picture block names, asked for while it is on show, drawn by the X-ray's
 * own drawings. It looks at the learner's engine, or at the one inside their lab machine, or at the machine itself. */
#ifndef SLIPWAY_TUI_LESSON_PICTURE_H
#define SLIPWAY_TUI_LESSON_PICTURE_H

#include "tui/draw.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;

struct lesson_picture {
    char kind[24], name[80]; /* "" kind: no picture */
    char machine[80];        /* id of the lab machine; "": the learner's own engine */
    json_t *now, *before;
    int64_t changed_ns;
    char error[300];
    bool asking;
    unsigned asked, serial; /* of what is shown, and of what was asked for: an answer may come too late */
    int top, lines, rows;
};

void lesson_picture_show(struct lesson_picture *picture, const char *kind, const char *name); /* NULL kind: none */
void lesson_picture_tick(struct app *app, struct lesson_picture *picture);
void lesson_picture_draw(struct app *app, struct lesson_picture *picture, struct area area); /* with its box */
void lesson_picture_scroll(struct lesson_picture *picture, int by);
void lesson_picture_close(struct app *app, struct lesson_picture *picture);

#endif
