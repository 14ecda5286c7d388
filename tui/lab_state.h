/* The state of an open lab, shared by the lab screen's two files: what it does (lab.c) and how it looks (lab_draw.c). */
#ifndef SLIPWAY_TUI_LAB_STATE_H
#define SLIPWAY_TUI_LAB_STATE_H

#include "labs/lab.h"
#include "tui/draw.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;
struct pane;

enum lab_phase { LAB_STARTING, LAB_OPEN, LAB_FAILED };
enum lab_zoom { ZOOM_NONE, ZOOM_TERMINAL, ZOOM_PICTURE, ZOOM_PAGE, ZOOM_COUNT };

/* The session is used by a worker while a job is under way, and closed when the screen and the last job have let go of it. */
struct attached {
    struct lab lab; /* the learner's own, with the values of its parameters */
    struct lab_session session;
    bool loaded, open;
    int refs;
};

struct lab_screen {
    const struct lab *lab;
    char slug[80], id[80];
    enum lab_phase phase;
    struct attached *attached;
    bool done[LAB_STEPS_MOST]; /* a copy: the session belongs to the worker while busy */
    size_t steps_done;
    size_t step;       /* the one that is shown */
    bool busy;         /* a check, solution or reset is under way */
    bool introduction; /* shown in place of the step */
    size_t hints;      /* shown of the current step */
    char *advice;      /* what the last check said; "" for nothing */
    char *solution;    /* what solve.sh printed */
    char error[400];
    const char *doing; /* while busy: "checking" */
    struct pane *pane;
    bool in_terminal;
    enum lab_zoom zoom;
    json_t *now, *before; /* the picture's document */
    int64_t changed_ns, checked_ns;
    bool asking;
    int top, lines, rows;
};

void lab_draw(struct app *app, struct lab_screen *screen, struct area area);

#endif
