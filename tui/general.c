/* The actions that hold everywhere, the motions, and the list of all screens. */
#include "base/memory.h"
#include "quizzes/class_config.h"
#include "tui/app.h"
#include "tui/class_room.h"
#include "tui/clipboard.h"
#include "tui/explore.h"
#include "tui/finder.h"
#include "tui/list.h"
#include "tui/mastery.h"
#include "tui/outer.h"
#include "tui/pane.h"
#include "tui/settings.h"

#include <ncurses.h>

/* With the command that gives the same list, where the list itself is what is shown then. */
static void go(struct app *app, enum tab tab)
{
    static const char *const same[TAB_COUNT] = {"slipway ps -a", "slipway lesson list", "slipway lab list", "slipway ps -a",
                                                "slipway exam list"};
    app_go(app, tab);
    if (app->depth[tab] == 1)
        app_ran(app, "%s", same[tab]);
}

static void go_home(struct app *app, void *state)
{
    (void)state;
    go(app, TAB_HOME);
}

static void go_learn(struct app *app, void *state)
{
    (void)state;
    go(app, TAB_LEARN);
}

static void go_labs(struct app *app, void *state)
{
    (void)state;
    go(app, TAB_LABS);
}

static void go_containers(struct app *app, void *state)
{
    (void)state;
    go(app, TAB_CONTAINERS);
}

static void go_exam(struct app *app, void *state)
{
    (void)state;
    go(app, TAB_EXAM);
}

static void show_images(struct app *app, void *state)
{
    (void)state;
    explore_show(app, EXPLORE_IMAGES);
}

static void show_volumes(struct app *app, void *state)
{
    (void)state;
    explore_show(app, EXPLORE_VOLUMES);
}

static void show_networks(struct app *app, void *state)
{
    (void)state;
    explore_show(app, EXPLORE_NETWORKS);
}

static void show_events(struct app *app, void *state)
{
    (void)state;
    explore_show(app, EXPLORE_EVENTS);
}

static void show_questions(struct app *app, void *state)
{
    (void)state;
    const struct view *top = &app->stack[TAB_EXAM][app->depth[TAB_EXAM] - 1];
    if (top->screen != &screen_questions)
        app_push(app, TAB_EXAM, &screen_questions, NULL);
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

/* The terminal of this screen, given the keyboard if the page had it; NULL when its program has ended. */
static struct pane *focused_terminal(struct app *app)
{
    struct view *view = app_view(app);
    if (!view->screen->pane(app, view->state))
        view->screen->swap(app, view->state);
    struct pane *pane = view->screen->pane(app, view->state);
    return pane && pane_alive(pane) ? pane : NULL;
}

static void look_back(struct app *app, void *state)
{
    struct pane *pane = focused_terminal(app);
    (void)state;
    if (pane)
        pane_look_back(pane);
}

static void paste(struct app *app, void *state)
{
    struct pane *pane = clipboard_text()[0] ? focused_terminal(app) : NULL;
    (void)state;
    if (pane)
        pane_paste(pane, clipboard_text());
    else
        app_note(app, S_DIM, "nothing was copied yet: look back in a terminal, mark and copy");
}

/* The one key that a terminal does not get by itself. */
static void send_prefix(struct app *app, void *state)
{
    keycode keys[ACTION_KEYS];
    struct pane *pane = focused_terminal(app);
    (void)state;
    if (pane && action_keys(action_named("app.swap"), keys))
        pane_key(pane, keys[0]);
}

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

static bool has_class(struct app *app, void *state)
{
    (void)app, (void)state;
    cleanup_class_config struct class_config class = {0};
    return class_config_read(&class, NULL) == 0;
}

static void show_board(struct app *app, void *state)
{
    (void)state;
    class_show(app, CLASS_BOARD);
}

static void show_works(struct app *app, void *state)
{
    (void)state;
    class_show(app, CLASS_WORK);
}

static void find(struct app *app, void *state)
{
    (void)state;
    finder_open(app);
}

static bool has_filter(struct app *app, void *state)
{
    const struct screen *screen = app_view(app)->screen;
    return screen->filter && screen->filter(app, state);
}

static void begin_filter(struct app *app, void *state) { app_view(app)->screen->filter(app, state)->typing = true; }

static void go_back(struct app *app, void *state)
{
    (void)state;
    if (!trail_step(app, -1))
        app_note(app, S_DIM, "this is where you began");
}

static void go_forward(struct app *app, void *state)
{
    (void)state;
    if (!trail_step(app, 1))
        app_note(app, S_DIM, "nothing lies ahead; that leads on only after a way back");
}

static void open_settings(struct app *app, void *state)
{
    (void)state;
    if (app_view(app)->screen == &screen_settings)
        return;
    app_push(app, app->tab, &screen_settings, NULL);
    app_go(app, app->tab);
}

static void swap_mouse(struct app *app, void *state)
{
    (void)state;
    if (!settings.mouse) {
        app_note(app, S_DIM, "the mouse is off; the settings turn it on");
        return;
    }
    app->mouse_away = !app->mouse_away;
    outer_mouse(!app->mouse_away);
    app_note(app, S_WARN,
             app->mouse_away ? "the mouse is your terminal's: select text with it; the same key takes it back"
                             : "the mouse is Slipway's again");
}

const struct action general_actions[] = {
    {"go.home", "1", NULL, "Home, Learn, Labs, Containers, Exam", go_home, NULL},
    {"go.learn", "2", NULL, "Home, Learn, Labs, Containers, Exam", go_learn, NULL},
    {"go.labs", "3", NULL, "Home, Learn, Labs, Containers, Exam", go_labs, NULL},
    {"go.containers", "4", NULL, "Home, Learn, Labs, Containers, Exam", go_containers, NULL},
    {"go.exam", "5", NULL, "Home, Learn, Labs, Containers, Exam", go_exam, NULL},
    {"go.images", "", NULL, "the table of images", show_images, NULL},
    {"go.volumes", "", NULL, "the table of volumes", show_volumes, NULL},
    {"go.networks", "", NULL, "the table of networks", show_networks, NULL},
    {"go.events", "", NULL, "what happens in the engine, as it happens", show_events, NULL},
    {"go.questions", "", NULL, "the questions of all banks, to look through", show_questions, NULL},
    {"go.board", "", NULL, "the class's board: who is where, how long without a step forward", show_board, has_class},
    {"go.class", "", NULL, "what is set to the class; Tab leads to marks and messages", show_works, has_class},
    {"app.back", "Esc", NULL, "back to the screen before", back, NULL},
    {"app.leave", "q", NULL, "back; on a tab's first screen it leaves Slipway", leave, NULL},
    {"app.quit", "Ctrl-C", NULL, "leave Slipway", quit, NULL},
    {"app.swap", "Ctrl-] F6", NULL, "between the page and its terminal, where there is one", swap, has_terminal},
    {"app.help", "?", NULL, "the keys of this screen", help, NULL},
    {"app.explain", "F1", NULL, "what am I looking at", explain, NULL},
    {"app.find", ": Ctrl-P", NULL, "find and do: actions, lessons, labs, containers, images, commands", find, NULL},
    {"app.filter", "/", "filter", "show only the rows of this list that match", begin_filter, has_filter},
    {"go.back", "Bksp Alt-Left", NULL, "undo a step of the way here", go_back, NULL},
    {"go.forward", "Alt-Right", NULL, "the step that was undone again", go_forward, NULL},
    {"app.settings", ",", NULL, "colours, motion, signs, mouse, keyboard", open_settings, NULL},
    {"app.mouse", "F12", NULL, "leave the mouse to your terminal, to select text, or take it back", swap_mouse, NULL},
    {"app.redraw", "Ctrl-L", NULL, "draw everything again", redraw, NULL},
    {"app.suspend", "Ctrl-Z", NULL, "suspend Slipway; fg comes back", suspend, NULL},
    {"terminal.history", "[", NULL, "look back in the terminal: search, mark, copy", look_back, has_terminal},
    {"terminal.paste", "]", NULL, "paste what was copied into the terminal", paste, has_terminal},
    {"terminal.prefix", "Ctrl-V", NULL, "send the terminal the key that leaves it", send_prefix, has_terminal},
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
    &screen_home,
    &screen_learn,
    &screen_reader,
    &screen_labs,
    &screen_lab,
    &screen_containers,
    &screen_xray,
    &screen_network,
    &screen_logs,
    &screen_shell,
    &screen_exam,
    &screen_question,
    &screen_results,
    &screen_settings,
    &screen_images,
    &screen_volumes,
    &screen_networks,
    &screen_events,
    &screen_inspect,
    &screen_stats,
    &screen_image,
    &screen_questions,
    &screen_files,
    &screen_repeat,
    &screen_class,
    &screen_figures,
    &screen_grading,
    &screen_gradebook,
    &screen_assignments,
    &screen_roster,
    &screen_messages,
    &screen_class_banks,
    &screen_log,
    &screen_peek,
    &screen_mastery,
    &screen_bank_files,
    NULL,
};
