/* Where a key goes: to what lies over the screen, to the terminal that has the keyboard, to the screen's actions, to the screen, to
 * the general actions. */
#include "base/clock.h"
#include "tui/app.h"
#include "tui/finder.h"
#include "tui/frame.h"
#include "tui/hit.h"
#include "tui/keyname.h"
#include "tui/list.h"
#include "tui/pane.h"

#include <ncurses.h>

static void really_quit(struct app *app, void *owner, long argument)
{
    (void)owner, (void)argument;
    app->quit = true;
}

void app_quit(struct app *app)
{
    if (app->depth[TAB_LABS] > 1)
        app_ask(app, "Leave Slipway", "A lab is open. Leaving ends its sandbox; finished steps are kept.", really_quit, NULL, 0);
    else
        app->quit = true;
}

static void dialog_key(struct app *app, keycode key)
{
    struct dialog dialog = app->dialog;
    bool yes = key == 'y' || key == 'Y', no = key == 'n' || key == 'N' || key == 'q' || key == K_ESC;
    if (dialog.choice && !yes && !no)
        return;
    app->dialog.open = false;
    if (dialog.choice && yes)
        dialog.yes(app, dialog.owner, dialog.argument);
}

void app_cover(struct app *app, enum over over)
{
    if (over != OVER_FINDER)
        finder_close(app);
    app->over = over;
    app->over_top = 0;
    app_dirty(app);
}

static void over_key(struct app *app, keycode key)
{
    bool help = app->over == OVER_EXPLAIN && key == '?';
    if (motion_of(key) == MOVE_NONE || app->over_lines <= app->over_rows)
        app_cover(app, help ? OVER_HELP : OVER_NONE);
    else
        scroll_key(&app->over_top, key, app->over_lines, app->over_rows);
}

/* The one key that a terminal pane does not get: the first of those that leave it. Its page has all others. */
static bool kept_key(struct app *app, keycode key)
{
    keycode keys[ACTION_KEYS];
    const struct action *action = action_named("app.swap");
    if (action_keys(action, keys) == 0 || keys[0] != key || !action_offered(app, NULL, action))
        return false;
    action_run(app, app_view(app)->state, action);
    return true;
}

/* What is pasted is not taken for commands: it goes to a terminal that has the keyboard, or nowhere. */
static void paste_mark(struct app *app, bool begin)
{
    struct view *view = app_view(app);
    struct pane *pane = view->screen->pane ? view->screen->pane(app, view->state) : NULL;
    app->pasting = begin;
    if (pane && pane_alive(pane) && !app->dialog.open && !app->over)
        pane_paste_mark(pane, begin);
}

/* First what the screen declares, then what only it knows how to do (moving, writing), then what holds everywhere. */
static bool screen_key(struct app *app, struct view *view, keycode key)
{
    const struct screen *screen = view->screen;
    bool typing = screen->typing && screen->typing(app, view->state);
    struct filter *filter = !typing && screen->filter ? screen->filter(app, view->state) : NULL;
    if (filter && filter_key(filter, key))
        return true;
    typing = typing || (filter && filter->typing);
    const struct action *action = typing ? NULL : action_find(app, key, false);
    if (action)
        action_run(app, view->state, action);
    if (action || (screen->key && screen->key(app, view->state, key)))
        return true;
    action = typing ? NULL : action_find(app, key, true);
    if (action)
        action_run(app, view->state, action);
    return action != NULL;
}

/* Something is being written, which a paste may go to. */
static bool writes(struct app *app, struct view *view)
{
    const struct screen *screen = view->screen;
    const struct filter *filter = screen->filter ? screen->filter(app, view->state) : NULL;
    if (app->over || app->dialog.open)
        return app->over == OVER_FINDER;
    return (filter && filter->typing) || (screen->typing && screen->typing(app, view->state));
}

static bool screen_bound(struct app *app, keycode key) { return action_find(app, key, false) || action_find(app, key, true); }

static void take_key(struct app *app, keycode key)
{
    struct view *view = app_view(app);
    app->last_key_ns = clock_mono_ns();
    if (key == K_RESIZE)
        return;
    app_dirty(app);
    if (key == K_PASTE || key == K_PASTE_END) {
        paste_mark(app, key == K_PASTE);
        return;
    }
    if (LINES < FRAME_MIN_ROWS || COLS < FRAME_MIN_COLUMNS) {
        if (key == K_CTRL_C || key == 'q')
            app_quit(app);
        return;
    }
    struct pane *pane = view->screen->pane ? view->screen->pane(app, view->state) : NULL;
    bool over = !pane || app->dialog.open || app->over;
    if (app->pasting && over && (key < ' ' || key >= K_BASE || !writes(app, view)))
        return; /* a paste where nothing is written would be taken for commands */
    key = key_plain(key);
    if (key & K_ALT && over && (app->over || app->dialog.open || !screen_bound(app, key))) {
        /* Not bound to anything: it was Esc and then a key, quickly. */
        take_key(app, K_ESC);
        if (!app->quit)
            take_key(app, key & ~(keycode)K_ALT);
        return;
    }
    if (app->dialog.open) {
        dialog_key(app, key);
        return;
    }
    if (app->over == OVER_FINDER) {
        finder_key(app, key);
        return;
    }
    if (app->over) {
        over_key(app, key);
        return;
    }
    app->note[0] = 0;
    if (pane && pane_alive(pane)) {
        if (!app->pasting && kept_key(app, key))
            return;
        if (key == K_ENTER && !pane_back(pane) && view->screen->entered)
            view->screen->entered(app, view->state);
        pane_key(pane, key);
        return;
    }
    screen_key(app, view, key);
}

void app_key(struct app *app, keycode key)
{
    take_key(app, key);
    trail_note(app);
}

void app_mouse(struct app *app, const struct mouse *mouse)
{
    app->last_key_ns = clock_mono_ns();
    if (LINES >= FRAME_MIN_ROWS && COLS >= FRAME_MIN_COLUMNS)
        hit_mouse(app, mouse);
    trail_note(app);
}
