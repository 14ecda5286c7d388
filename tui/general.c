/* The actions that hold everywhere, the motions, and the list of all screens. */
#include "base/memory.h"
#include "tui/app.h"
#include "tui/outer.h"

#include <ncurses.h>

static void go_home(struct app *app, void *state)
{
    (void)state;
    app_go(app, TAB_HOME);
}

static void go_learn(struct app *app, void *state)
{
    (void)state;
    app_go(app, TAB_LEARN);
}

static void go_labs(struct app *app, void *state)
{
    (void)state;
    app_go(app, TAB_LABS);
}

static void go_containers(struct app *app, void *state)
{
    (void)state;
    app_go(app, TAB_CONTAINERS);
}

static void go_exam(struct app *app, void *state)
{
    (void)state;
    app_go(app, TAB_EXAM);
}

static void back(struct app *app, void *state)
{
    (void)state;
    if (app->depth[app->tab] > 1)
        app_pop(app);
    else
        app_go(app, TAB_HOME);
}

static void leave(struct app *app, void *state)
{
    if (app->depth[app->tab] > 1)
        back(app, state);
    else
        app_quit(app);
}

static void quit(struct app *app, void *state)
{
    (void)state;
    app_quit(app);
}

static void help(struct app *app, void *state)
{
    (void)state;
    app_cover(app, OVER_HELP);
}

static void explain(struct app *app, void *state)
{
    (void)state;
    app_cover(app, OVER_EXPLAIN);
}

static bool has_terminal(struct app *app, void *state)
{
    (void)state;
    return app_view(app)->screen->swap != NULL;
}

static void swap(struct app *app, void *state) { app_view(app)->screen->swap(app, state); }

static void redraw(struct app *app, void *state)
{
    (void)app, (void)state;
    clearok(curscr, TRUE);
}

static void suspend(struct app *app, void *state)
{
    (void)app, (void)state;
    outer_suspend();
}

const struct action general_actions[] = {
    {"go.home", "1", NULL, "Home, Learn, Labs, Containers, Exam", go_home, NULL},
    {"go.learn", "2", NULL, "Home, Learn, Labs, Containers, Exam", go_learn, NULL},
    {"go.labs", "3", NULL, "Home, Learn, Labs, Containers, Exam", go_labs, NULL},
    {"go.containers", "4", NULL, "Home, Learn, Labs, Containers, Exam", go_containers, NULL},
    {"go.exam", "5", NULL, "Home, Learn, Labs, Containers, Exam", go_exam, NULL},
    {"app.back", "Esc", NULL, "back to the screen before", back, NULL},
    {"app.leave", "q", NULL, "back; on a tab's first screen it leaves Slipway", leave, NULL},
    {"app.quit", "Ctrl-C", NULL, "leave Slipway", quit, NULL},
    {"app.swap", "Ctrl-] F6", NULL, "between the page and its terminal, where there is one", swap, has_terminal},
    {"app.help", "?", NULL, "the keys of this screen", help, NULL},
    {"app.explain", "F1", NULL, "what am I looking at", explain, NULL},
    {"app.redraw", "Ctrl-L", NULL, "draw everything again", redraw, NULL},
    {"app.suspend", "Ctrl-Z", NULL, "suspend Slipway; fg comes back", suspend, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

/* In the order of enum motion. */
const struct action motion_actions[] = {
    {"move.down", "j Down", NULL, "down and up", NULL, NULL},
    {"move.up", "k Up", NULL, "down and up", NULL, NULL},
    {"move.page-down", "PgDn", NULL, "a page down and up; Space goes down a page of a text", NULL, NULL},
    {"move.page-up", "PgUp", NULL, "a page down and up; Space goes down a page of a text", NULL, NULL},
    {"move.top", "g Home", NULL, "to the first and the last", NULL, NULL},
    {"move.bottom", "G End", NULL, "to the first and the last", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct screen *const all_screens[] = {
    &screen_home,    &screen_learn, &screen_reader, &screen_labs, &screen_lab,      &screen_containers, &screen_xray,
    &screen_network, &screen_logs,  &screen_shell,  &screen_exam, &screen_question, &screen_results,    NULL,
};
