/* What the X-ray does to a container, and laying another container beside it. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/format.h"
#include "tui/xray_state.h"

#include <string.h>

void xray_deed_clear(struct deed_done *deed)
{
    json_decref(deed->then);
    *deed = (struct deed_done){0};
}

/* The document is asked for at once, for what came of it. */
static void settled(struct app *app, struct xray *xray, struct deed_done *deed, const struct error *err)
{
    deed->answered = true;
    screen_xray.tick(app, xray);
    if (err) {
        copy_text(deed->error, sizeof deed->error, err->message);
        app_note(app, S_BAD, "%s", err->message);
    }
    app_dirty(app);
}

static void got_signal(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    (void)answer;
    settled(app, owner, &((struct xray *)owner)->signal, err);
}

static void got_limit(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    (void)answer;
    settled(app, owner, &((struct xray *)owner)->limit, err);
}

void xray_do(struct app *app, struct xray *xray, struct deed_done *deed, const char *path, json_t *body, const char *text)
{
    xray_deed_clear(deed);
    deed->then = json_incref(xray->now[xray->tab]);
    deed->at_ns = clock_mono_ns();
    copy_text(deed->text, sizeof deed->text, text);
    work_engine(app->work, LANE_ACT, "POST", path, body, deed == &xray->signal ? got_signal : got_limit, xray);
}

bool xray_comparing(struct app *app, void *state)
{
    const struct xray *xray = state;
    (void)app;
    return xray->other_id[0] && (xray->tab == XRAY_STEPS || xray->tab == XRAY_NAMESPACES);
}

static void forget_other(struct xray *xray)
{
    for (int i = 0; i < XRAY_TABS; i++) {
        json_decref(xray->other[i]);
        xray->other[i] = NULL;
    }
    xray->other_id[0] = xray->other_error[0] = '\0';
}

static void lay_beside(struct app *app, struct xray *xray, const char *id, const char *name)
{
    static const char *const sections[XRAY_TABS] = {[XRAY_NAMESPACES] = "namespaces", [XRAY_STEPS] = "steps"};
    const char *section = sections[xray->tab];
    forget_other(xray);
    copy_text(xray->other_id, sizeof xray->other_id, id);
    copy_text(xray->other_name, sizeof xray->other_name, name);
    xray->top = xray->lines = 0;
    xray->replay = false;
    app_ran(app, "diff <(slipway xray %s %s) <(slipway xray %s %s)", xray->name, section, name, section);
    screen_xray.tick(app, xray);
}

static void chosen(struct app *app, void *owner, const struct menu_row *row)
{
    size_t index;
    json_t *container;
    json_array_foreach(json_at(app->model.overview, "containers"), index, container)
    {
        char name[sizeof row->name]; /* as the menu has it */
        copy_text(name, sizeof name, json_str(container, "name", ""));
        if (!str_equal(name, row->name))
            continue;
        lay_beside(app, owner, json_str(container, "id", ""), json_str(container, "name", ""));
        return;
    }
    app_note(app, S_WARN, "%s is gone", row->name);
}

void xray_compare_mark(struct app *app, void *state)
{
    const struct xray *xray = state;
    copy_text(app->model.marked, sizeof app->model.marked, xray->id);
    copy_text(app->model.marked_name, sizeof app->model.marked_name, xray->name);
    app_note(app, S_OK, "%s is marked: open another container and press c to lay the two side by side", xray->name);
}

/* The marked one, else one from a list. */
void xray_compare_choose(struct app *app, void *state)
{
    struct xray *xray = state;
    size_t index;
    json_t *container;
    if (app->model.marked[0] && !str_equal(app->model.marked, xray->id) && model_container(app, app->model.marked)) {
        lay_beside(app, xray, app->model.marked, app->model.marked_name);
        return;
    }
    char title[100];
    snprintf(title, sizeof title, "Compare %s with", xray->name);
    menu_open(&xray->menu, title, chosen);
    json_array_foreach(json_at(app->model.overview, "containers"), index, container)
    {
        if (!str_equal(json_str(container, "id", ""), xray->id))
            menu_add(&xray->menu, (long)index, json_str(container, "name", ""), json_str(container, "status", ""));
    }
    if (xray->menu.count == MENU_ROWS)
        app_note(app, S_WARN, "these are the first %d: any other can be marked with m, in its own x-ray", MENU_ROWS);
    if (!xray->menu.count) {
        xray->menu.open = false;
        app_note(app, S_WARN, "there is no other container");
    }
}

void xray_compare_end(struct app *app, void *state)
{
    struct xray *xray = state;
    forget_other(xray);
    xray->top = xray->lines = 0;
    app_dirty(app);
}
