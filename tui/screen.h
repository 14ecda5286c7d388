/* What a screen is: one const struct in one file. The frame around it (tabs, keys, help, dialogues, palette) is the app's.
 *
 * A screen draws from its state and nothing else; it asks for data through app->work and draws again when the answer came. It never
 * blocks. Its table of actions (action.h) is at once its keys, its footer, its help page, its part of the palette and the
 * documentation; key() is for what is no action: moving in lists and texts, and writing.
 */
#ifndef SLIPWAY_TUI_SCREEN_H
#define SLIPWAY_TUI_SCREEN_H

#include "tui/action.h"
#include "tui/draw.h"
#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>

struct app;
struct filter;
struct list;
struct pane;

/* What a screen shows at one time: a screen with tabs has a part for each, others have one. */
struct part {
    const char *name;             /* in the way to here: "Layers"; NULL for none */
    const char *about;            /* F1, what am I looking at: a few sentences on the picture */
    const char *man;              /* and where to read on: "man 7 namespaces, man 1 lsns" */
    const struct action *actions; /* of this part alone, or NULL */
};

struct screen {
    const char *name;  /* for the trace and for tests */
    const char *title; /* in the way to here: "Containers"; NULL: where() alone */
    const char *about; /* a sentence or two for the head of the help page */
    const struct action *actions;
    const struct part *parts;
    int part_count;
    int (*part)(struct app *app, void *state);                        /* the one on show; NULL: the first */
    size_t size;                                                      /* of the state, which starts out zeroed */
    void (*open)(struct app *app, void *state, const void *argument); /* `argument` is the screen's own affair */
    void (*draw)(struct app *app, void *state, struct area area);
    bool (*key)(struct app *app, void *state, keycode key); /* false: not mine. Asked after the screen's actions */
    bool (*typing)(struct app *app, void *state); /* a field has the keyboard: key() gets all keys, no action any. May be NULL */
    struct filter *(*filter)(struct app *app,
                             void *state); /* of the list on show (list.h); "/" and its keys are the app's. May be NULL */
    void (*clicked)(struct app *app, void *state, struct list *list,
                    int row);                      /* NULL: the arrows are pressed as often as it takes */
    void (*tick)(struct app *app, void *state);    /* every interval() while shown, and at once when it comes to be shown */
    int (*interval)(struct app *app, void *state); /* milliseconds; 0 for never; NULL likewise */
    void (*close)(struct app *app, void *state);
    bool school;   /* all of it comes from the school: that the engine is away need not be told over it */
    bool fleeting; /* closed when left; others wait for a while, in case the person comes back by the way forward */
    /* The terminal pane that has the keyboard, or NULL; keys then go to it, apart from the few that the app keeps. */
    struct pane *(*pane)(struct app *app, void *state);
    /* F6 and Ctrl-]: move the keyboard between the page and the terminal pane. */
    void (*swap)(struct app *app, void *state);
    /* Enter is about to go to the pane: a command line is complete. May be NULL. */
    void (*entered)(struct app *app, void *state);
    /* Where we are, for the header: "web" or "Two namespaces and a wire"; NULL for none. */
    const char *(*where)(struct app *app, void *state);
};

enum tab { TAB_HOME, TAB_LEARN, TAB_LABS, TAB_CONTAINERS, TAB_EXAM, TAB_COUNT };

extern const struct screen screen_home, screen_learn, screen_reader, screen_labs, screen_lab, screen_containers, screen_xray,
    screen_network, screen_logs, screen_shell, screen_exam, screen_question, screen_results, screen_settings, screen_questions,
    screen_repeat, screen_class, screen_figures;

#endif
