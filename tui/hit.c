/* From a place on the screen to what is drawn there. */
#include "tui/hit.h"

#include "base/clock.h"
#include "tui/app.h"
#include "tui/list.h"
#include "tui/pane.h"

enum { HITS_MAX = 512, WHEEL_ROWS = 3 };
static const int64_t DOUBLE_NS = 400 * 1000000LL;

static struct hit {
    struct area area;
    const struct action *action;
    void (*call)(struct app *app, long argument);
    long argument;
    struct list *list;
    int top, count;
    struct pane *pane;
    border_moved moved;
} hits[HITS_MAX];
static int hit_count;
static const void *drawn; /* whose frame they are of */
static border_moved held; /* the border that the button is held on */

void hit_clear(void) { hit_count = 0; }

static struct hit *add(struct area area)
{
    static struct hit spare;
    struct hit *hit = hit_count < HITS_MAX ? &hits[hit_count++] : &spare;
    *hit = (struct hit){.area = area};
    return hit;
}

static struct area part(struct area area, int y, int x, int width) { return area_columns(area_rows(area, y, 1), x, width); }

void hit_action(struct area area, int y, int x, int width, const struct action *action)
{
    if (action && action->run)
        add(part(area, y, x, width))->action = action;
}

void hit_call(struct area area, int y, int x, int width, void (*call)(struct app *app, long argument), long argument)
{
    struct hit *hit = add(part(area, y, x, width));
    hit->call = call;
    hit->argument = argument;
}

void hit_list(struct area area, struct list *list, int top, int count)
{
    struct hit *hit = add(area);
    hit->list = list;
    hit->top = top;
    hit->count = count;
}

/* The frame around a pane is part of it: a click there gives it the keyboard too. */
void hit_pane(struct area area, struct pane *pane)
{
    struct hit *hit = add((struct area){area.y - 1, area.x - 1, area.h + 2, area.w + 2});
    hit->pane = pane;
}

void hit_border(struct area area, border_moved moved) { add(area)->moved = moved; }

static struct hit *at(int y, int x)
{
    for (int i = hit_count - 1; i >= 0; i--) {
        const struct area *area = &hits[i].area;
        if (y >= area->y && y < area->y + area->h && x >= area->x && x < area->x + area->w)
            return &hits[i];
    }
    return NULL;
}

/* The arrow where it is one of the motion's keys, for a letter would be written where something is written; and in the palette,
 * which takes no other. */
static keycode motion_key(const struct app *app, bool up)
{
    const struct action *motion = action_named(up ? "move.up" : "move.down");
    keycode keys[ACTION_KEYS], arrow = up ? K_UP : K_DOWN;
    if (app->over == OVER_FINDER || action_has_key(motion, arrow))
        return arrow;
    return action_keys(motion, keys) ? keys[0] : K_NONE;
}

static void repeat(struct app *app, bool up, int times)
{
    keycode key = motion_key(app, up);
    for (int i = 0; key && i < times; i++)
        app_key(app, key);
}

/* Choosing is moving: so whatever a screen does about a row that it comes to is done. */
static void choose(struct app *app, struct list *list, int row)
{
    struct view *view = app_view(app);
    if (view->screen->clicked && !app->over)
        view->screen->clicked(app, view->state, list, row);
    else
        repeat(app, row < list->selected, row < list->selected ? list->selected - row : row - list->selected);
    app_dirty(app);
}

/* The second press at one place within a moment; a third is a first again. */
static bool is_double(const struct mouse *mouse)
{
    static struct mouse last;
    static int64_t last_ns;
    int64_t now = clock_mono_ns();
    bool twice = last_ns && now - last_ns < DOUBLE_NS && last.y == mouse->y && last.x == mouse->x;
    last = *mouse;
    last_ns = twice ? 0 : now;
    return twice;
}

static void press(struct app *app, const struct hit *hit, const struct mouse *mouse)
{
    struct view *view = app_view(app);
    bool twice = is_double(mouse);
    if (hit->action) {
        action_run(app, view->state, hit->action);
    } else if (hit->call) {
        hit->call(app, hit->argument);
    } else if (hit->list) {
        int row = hit->top + mouse->y - hit->area.y;
        if (row < hit->count && row != hit->list->selected)
            choose(app, hit->list, row);
        else if (row < hit->count && twice)
            app_key(app, K_ENTER);
    }
}

static void wheel(struct app *app, bool up) { repeat(app, up, WHEEL_ROWS); }

/* A click into a terminal gives it the keyboard; then the mouse is its program's, or leafs through its history. */
static void in_pane(struct app *app, struct pane *pane, const struct area *area, const struct mouse *mouse)
{
    struct view *view = app_view(app);
    struct pane *focused = view->screen->pane ? view->screen->pane(app, view->state) : NULL;
    if (mouse->kind == MOUSE_PRESS && focused != pane && view->screen->swap) {
        view->screen->swap(app, view->state);
        return;
    }
    struct mouse inside = *mouse;
    inside.y -= area->y + 1;
    inside.x -= area->x + 1;
    if (inside.y >= 0 && inside.x >= 0 && inside.y < area->h - 2 && inside.x < area->w - 2)
        pane_mouse(pane, &inside);
}

void hit_frame(const void *state)
{
    held = drawn == state ? held : NULL;
    drawn = state;
}

/* Whether the mouse is about a border: takes one, moves the one that is held, or lets it go. */
static bool on_border(struct app *app, const struct hit *hit, const struct mouse *mouse)
{
    border_moved moved = held;
    if (!moved && hit && hit->moved && mouse->kind == MOUSE_PRESS && mouse->button == 1)
        held = hit->moved;
    else if (moved && mouse->kind == MOUSE_DRAG)
        moved(app, mouse->y, mouse->x, false);
    else if (moved)
        held = NULL;
    if (moved && mouse->kind == MOUSE_RELEASE)
        moved(app, mouse->y, mouse->x, true);
    return held || moved;
}

void hit_mouse(struct app *app, const struct mouse *mouse)
{
    if (app_view(app)->state != drawn) {
        held = NULL;
        return;
    }
    struct hit *hit = at(mouse->y, mouse->x);
    app_dirty(app);
    if (on_border(app, hit, mouse))
        return;
    if (hit && hit->pane) {
        in_pane(app, hit->pane, &hit->area, mouse);
        return;
    }
    struct view *view = app_view(app);
    if (!app->over && !app->dialog.open && view->screen->pane && view->screen->pane(app, view->state) &&
        mouse->kind == MOUSE_PRESS && view->screen->swap && !(hit && hit->action))
        view->screen->swap(app, view->state); /* out of the terminal, so that keys mean what is clicked */
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        wheel(app, mouse->kind == MOUSE_WHEEL_UP);
    else if (mouse->kind == MOUSE_PRESS && mouse->button == 1 && hit)
        press(app, hit, mouse);
    else if (mouse->kind == MOUSE_PRESS && app->dialog.open && !app->dialog.choice)
        app->dialog.open = false;
    else if (mouse->kind == MOUSE_PRESS && app->over)
        app_cover(app, OVER_NONE);
}
