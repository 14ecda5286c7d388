/* The state of an open lab, shared by the lab screen's files: what its keys do (lab.c), what it does by itself (lab_watch.c), what
 * workers do for it (lab_job.c), and how it looks (lab_draw.c). */
#ifndef SLIPWAY_TUI_LAB_STATE_H
#define SLIPWAY_TUI_LAB_STATE_H

#include "labs/lab.h"
#include "tui/draw.h"
#include "tui/lesson_picture.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;
struct pane;

enum { LAB_MACHINES = 8 };

enum lab_phase { LAB_STARTING, LAB_OPEN, LAB_FAILED, LAB_LOST };
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
    /* Copies: the session belongs to the worker while busy. */
    bool done[LAB_STEPS_MOST];
    unsigned hints_used[LAB_STEPS_MOST];
    size_t steps_done;
    int64_t until_ns;  /* of a timed lab */
    size_t step;       /* the one that is shown */
    size_t news;       /* became done just now, and means something; step_count: none */
    bool busy;         /* a check, solution or reset is under way */
    bool away;         /* the engine has gone away meanwhile */
    bool introduction; /* shown in place of the step */
    size_t hints;      /* shown of the step */
    char *advice;      /* what the last check said; NULL for nothing */
    char *trouble;     /* what is wrong with the machine, or the time */
    char *solution;    /* what solve.sh printed */
    char error[400];
    const char *doing; /* while busy: "checking" */
    char ids[LAB_MACHINES][80];
    struct pane *panes[LAB_MACHINES]; /* a shell in each machine, made when it is looked at first */
    size_t machine, machine_count;
    bool in_terminal;
    enum lab_zoom zoom;
    json_t *now, *before; /* the document of the pictures that are the lab screen's own */
    struct lesson_picture picture;
    int64_t changed_ns, checked_ns, touched_ns;
    bool asking;
    int top, lines, rows;
};

enum lab_deed { DEED_START, DEED_CHECK, DEED_WATCH, DEED_SOLVE, DEED_RESET, DEED_RESET_STEP, DEED_LEASE };

/* Let a worker do it, unless one is at work; what comes of it shows in the state. */
void lab_job(struct app *app, struct lab_screen *screen, enum lab_deed deed, const char *doing);
void lab_detach(struct attached *attached);

/* For lab_job.c: the machine is there, as it was or a fresh one; and it is gone. */
void lab_entered(struct app *app, struct lab_screen *screen);
void lab_lost(struct app *app, struct lab_screen *screen);
void lab_panes_close(struct lab_screen *screen);
void lab_pane_open(struct app *app, struct lab_screen *screen); /* a new shell in the machine on show, when there is none alive */

struct pane *lab_pane(const struct lab_screen *screen); /* of the machine on show; may be NULL */
bool lab_has_picture(const struct lab_screen *screen);
bool lab_own_picture(const struct lab_screen *screen); /* topology and memory */

void lab_tick(struct app *app, struct lab_screen *screen); /* twice a second while it is shown */
void lab_draw(struct app *app, struct lab_screen *screen, struct area area);

#endif
