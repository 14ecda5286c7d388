/* What a screen is: one const struct in one file. The frame around it (tabs, keys, help, dialogues) is the app's.
 *
 * A screen draws from its state and nothing else; it asks for data through app->work and draws again when the answer came. It never
 * blocks. `keys` is at once the footer, the help page and the documentation.
 */
#ifndef SLIPWAY_TUI_SCREEN_H
#define SLIPWAY_TUI_SCREEN_H

#include "tui/draw.h"
#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>

struct app;
struct pane;

struct keyhelp {
    const char *keys;  /* as shown: "Enter", "s", "up/down"; NULL ends the table */
    const char *brief; /* one or two words for the footer; NULL: help only */
    const char *help;
};

struct screen {
    const char *name;  /* for the trace and for tests */
    const char *about; /* a sentence or two for the head of the help page */
    const struct keyhelp *keys;
    size_t size;                                                      /* of the state, which starts out zeroed */
    void (*open)(struct app *app, void *state, const void *argument); /* `argument` is the screen's own affair */
    void (*draw)(struct app *app, void *state, struct area area);
    bool (*key)(struct app *app, void *state, keycode key); /* false: not mine */
    void (*tick)(struct app *app, void *state);    /* every interval() while shown, and at once when it comes to be shown */
    int (*interval)(struct app *app, void *state); /* milliseconds; 0 for never; NULL likewise */
    void (*close)(struct app *app, void *state);
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
    screen_network, screen_logs, screen_shell, screen_exam, screen_question, screen_results;

#endif
