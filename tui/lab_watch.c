/* What an open lab does by itself: the picture's data, checks after what the learner did, and a lease that has to be had again. */
#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/lab_state.h"
#include "tui/pane.h"

static const int64_t QUIET_NS = 700000000, MARK_NS = 2000000000, LOOK_AGAIN_NS = 3000000000, TOUCH_NS = 60000000000;

static void got_picture(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct lab_screen *screen = owner;
    screen->asking = false;
    if (err || !answer)
        return;
    int64_t now = clock_mono_ns();
    bool same = screen->now && json_equal(screen->now, answer), over = screen->before && now - screen->changed_ns > MARK_NS;
    if (same && !over)
        return;
    if (over) {
        json_decref(screen->before);
        screen->before = NULL;
    }
    if (!same) {
        if (screen->before)
            json_decref(screen->now);
        else
            screen->before = screen->now;
        screen->now = json_incref(answer);
        screen->changed_ns = now;
    }
    app_dirty(app);
}

/* When a shell last said something; the picture tells of what happens without one. */
static int64_t last_change(const struct lab_screen *screen, int64_t now)
{
    int64_t last = 0;
    for (size_t i = 0; i < screen->machine_count; i++) {
        int64_t said = screen->panes[i] ? pane_last_output(screen->panes[i]) : 0;
        last = said > last ? said : last;
    }
    int64_t changed = screen->changed_ns > screen->picture.changed_ns ? screen->changed_ns : screen->picture.changed_ns;
    return changed > last && now - screen->checked_ns > LOOK_AGAIN_NS ? changed : last;
}

/* The learner did something, or the machine's state has changed, and it is quiet now: look whether the step is done. */
static void watch_steps(struct app *app, struct lab_screen *screen)
{
    int64_t now = clock_mono_ns(), last = last_change(screen, now);
    if (screen->busy || screen->away || screen->steps_done >= screen->lab->step_count || last <= screen->checked_ns ||
        now - last < QUIET_NS)
        return;
    lab_job(app, screen, DEED_WATCH, "checking");
    if (now - screen->touched_ns < TOUCH_NS)
        return;
    screen->touched_ns = now;
    work_school(app->work, json_pack("{s:s,s:s,s:s}", "op", "progress.touch", "kind", "lab", "id", screen->slug), NULL, NULL);
}

/* The engine went away and comes back, or the machine went. */
static void watch_machine(struct app *app, struct lab_screen *screen)
{
    if (screen->busy)
        return;
    if (lab_lease_lost(&screen->attached->session)) {
        screen->away = true;
        lab_job(app, screen, DEED_LEASE, "waiting for the engine");
    } else if (app->model.link == LINK_DOWN) {
        screen->away = true;
    } else if (screen->away && app->model.link == LINK_UP) {
        screen->away = false;
        lab_pane_open(app, screen);
    }
}

bool lab_has_picture(const struct lab_screen *screen) { return !str_equal(screen->lab->picture, "none"); }

bool lab_own_picture(const struct lab_screen *screen)
{
    return str_equal(screen->lab->picture, "topology") || str_equal(screen->lab->picture, "memory");
}

void lab_tick(struct app *app, struct lab_screen *screen)
{
    if (screen->phase != LAB_OPEN)
        return;
    watch_machine(app, screen);
    watch_steps(app, screen);
    if (screen->lab->timed)
        app_dirty(app);
    if (!lab_own_picture(screen))
        lesson_picture_tick(app, &screen->picture);
    if (!lab_own_picture(screen) || screen->asking || app->model.link == LINK_DOWN)
        return;
    screen->asking = true;
    char path[160];
    snprintf(path, sizeof path, "/slipway/containers/%s/%s", screen->id,
             str_equal(screen->lab->picture, "memory") ? "cgroup" : "network");
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_picture, screen);
}
