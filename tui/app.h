/* The running UI: one thread, one epoll loop, one frame drawn when something changed.
 *
 * Each tab keeps its own stack of screens, so that a lab's terminal is still there after a look at the containers.
 */
#ifndef SLIPWAY_TUI_APP_H
#define SLIPWAY_TUI_APP_H

#include "base/error.h"
#include "tui/model.h"
#include "tui/screen.h"
#include "tui/trail.h"
#include "tui/work.h"

#include <stdint.h>
#include <stdio.h>

enum { STACK_MAX = 4 };

/* A descriptor in the loop. The owner keeps the struct and calls app_unwatch before it goes away. */
struct watch {
    int fd;
    void (*ready)(struct app *app, void *data, uint32_t events);
    void *data;
    uint32_t events;
    bool active;
};

/* What lies over the screen and has the keyboard. */
enum over { OVER_NONE, OVER_HELP, OVER_EXPLAIN, OVER_FINDER };

struct dialog {
    bool open;
    char title[80], text[400];
    bool choice; /* a question: y/n; otherwise any key closes it */
    void (*yes)(struct app *app, void *owner, long argument);
    void *owner;
    long argument;
};

struct app {
    const char *host;
    struct work *work;
    struct model model;
    int epoll;
    struct watch terminal, signals, clock, results;
    int64_t last_frame_ns, last_key_ns;
    int clock_ms;
    bool still; /* no ticks but those of coming to a screen: for tests that compare drawings on a slow machine */
    bool dirty, quit, busy_panes, pasting, unwatched;
    enum over over;
    int over_top, over_lines, over_rows; /* scrolled to; as drawn last */
    struct view stack[TAB_COUNT][STACK_MAX];
    int depth[TAB_COUNT];
    unsigned serial; /* of the view that was opened last */
    struct trail trail;
    struct finder *finder;
    bool mouse_away; /* the terminal has the mouse for a while */
    enum tab tab;
    struct dialog dialog;
    char ran[512];  /* the command that does what the screen just did */
    char note[400]; /* one line of news, until the next key */
    enum style note_style;
    struct pane *panes; /* every open pane, for back-pressure */
    FILE *trace;
    unsigned long frame;
};

int app_open(struct app *app, const char *host, struct error *err); /* after outer_open() */
void app_close(struct app *app);
int app_run(struct app *app);
/* One turn of the loop, waiting at most `wait_ms` (-1: as long as it takes); for app_run and for tests. */
void app_turn(struct app *app, int wait_ms);
void app_key(struct app *app, keycode key);
void app_mouse(struct app *app, const struct mouse *mouse);
void app_draw(struct app *app); /* the whole frame, into curses' next screen; no output */

void app_dirty(struct app *app);
void app_watch(struct app *app, struct watch *watch, uint32_t events); /* adds or changes */
void app_unwatch(struct app *app, struct watch *watch);

void app_cover(struct app *app, enum over over); /* lay it over the screen; OVER_NONE takes it away */
void app_quit(struct app *app);                  /* asks when something would be lost */

const struct part *view_part(struct app *app, const struct view *view); /* on show; NULL when the screen tells of none */
struct view *app_view(struct app *app);                                 /* on show */
bool app_shows(struct app *app, const void *state);
void app_go(struct app *app, enum tab tab);
void app_push(struct app *app, enum tab tab, const struct screen *screen, const void *argument);
void app_pop(struct app *app);
void app_cut(struct app *app, enum tab tab, int depth); /* close the views above; those that may wait do (trail.h) */
void app_view_close(struct app *app, struct view *view);
void app_home_of(struct app *app, enum tab tab); /* close all but the tab's first screen */

void app_ran(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void app_note(struct app *app, enum style style, const char *format, ...) __attribute__((format(printf, 3, 4)));
void app_ask(struct app *app, const char *title, const char *text, void (*yes)(struct app *, void *, long), void *owner,
             long argument);
void app_tell(struct app *app, const char *title, const char *text);

#endif
