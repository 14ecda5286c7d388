/* Places passed, and the views that wait at them. */
#include "tui/trail.h"

#include "tui/app.h"

#include <string.h>

static struct place here(struct app *app) { return (struct place){app->tab, app_view(app)->serial}; }

static bool same(struct place a, struct place b) { return a.tab == b.tab && a.serial == b.serial; }

static void unpark(struct trail *trail, int index)
{
    trail->parked_count--;
    memmove(&trail->parked[index], &trail->parked[index + 1], sizeof trail->parked[0] * (size_t)(trail->parked_count - index));
}

/* Views that no way leads to any more. */
static void drop_lost(struct app *app)
{
    struct trail *trail = &app->trail;
    for (int i = trail->parked_count - 1; i >= 0; i--) {
        bool found = false;
        for (int j = 0; j < trail->count; j++)
            found = found || trail->places[j].serial == trail->parked[i].view.serial;
        if (found)
            continue;
        app_view_close(app, &trail->parked[i].view);
        unpark(trail, i);
    }
}

void trail_note(struct app *app)
{
    struct trail *trail = &app->trail;
    struct place now = here(app);
    if (trail->count && same(trail->places[trail->at], now))
        return;
    if (trail->count && trail->at + 1 == TRAIL_MAX) {
        memmove(trail->places, trail->places + 1, sizeof trail->places[0] * (TRAIL_MAX - 1));
        trail->at--;
    }
    trail->at = trail->count ? trail->at + 1 : 0;
    trail->places[trail->at] = now;
    trail->count = trail->at + 1;
    drop_lost(app);
}

bool trail_park(struct app *app, enum tab tab, struct view *view, unsigned under)
{
    struct trail *trail = &app->trail;
    if (view->screen->fleeting || view->screen->pane)
        return false;
    if (trail->parked_count == PARKED_MAX) {
        app_view_close(app, &trail->parked[0].view);
        unpark(trail, 0);
    }
    trail->parked[trail->parked_count++] = (struct parked){*view, tab, under};
    return true;
}

static bool reach(struct app *app, struct place place)
{
    struct trail *trail = &app->trail;
    int depth = app->depth[place.tab];
    for (int i = 0; i < depth; i++)
        if (app->stack[place.tab][i].serial == place.serial) {
            app_cut(app, place.tab, i + 1);
            app_go(app, place.tab);
            return true;
        }
    for (int i = 0; i < trail->parked_count; i++) {
        struct parked *parked = &trail->parked[i];
        if (parked->view.serial != place.serial || depth == STACK_MAX || app->stack[place.tab][depth - 1].serial != parked->under)
            continue;
        app->stack[place.tab][app->depth[place.tab]++] = parked->view;
        unpark(trail, i);
        app_go(app, place.tab);
        return true;
    }
    return false;
}

bool trail_step(struct app *app, int by)
{
    struct trail *trail = &app->trail;
    for (int at = trail->at + by; at >= 0 && at < trail->count; at += by) {
        if (same(trail->places[at], here(app)) || !reach(app, trail->places[at]))
            continue;
        trail->at = at;
        return true;
    }
    return false;
}

void trail_close(struct app *app)
{
    for (int i = 0; i < app->trail.parked_count; i++)
        app_view_close(app, &app->trail.parked[i].view);
    app->trail = (struct trail){0};
}
