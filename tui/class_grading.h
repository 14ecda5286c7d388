/* The grading queue's state: what its keys do (class_grading.c) and how it looks (class_grading_draw.c). */
#ifndef SLIPWAY_TUI_CLASS_GRADING_H
#define SLIPWAY_TUI_CLASS_GRADING_H

#include "tui/class_room.h"

enum { CRITERIA_MAX = 16 };

struct grading {
    struct class_room room;
    json_t *queue;
    struct list list;
    char answer[40];                  /* the one that the lines below are for */
    struct edit points[CRITERIA_MAX]; /* of each criterion; without a rubric: points, and of how many */
    struct edit comment;
    int at;                 /* the line being written; the last one is the comment */
    bool writing, disputed; /* disputed: answers whose graders differ, for who settles that */
    char problem[300];
    int top, lines, rows, marked;
};

const json_t *grading_answer(const struct grading *grading);             /* at the bar; NULL when nothing waits */
int grading_lines(const json_t *answer);                                 /* of points */
const char *grading_label(const json_t *answer, int line, double *most); /* *most: 0 where nobody says */
double grading_sum(const struct grading *grading, const json_t *answer, double *most, bool *whole); /* of what is written */
void grading_draw(struct app *app, struct grading *grading, struct area area);

#endif
