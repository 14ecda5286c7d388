/* An open lab: the sandbox and its lease, checks by key and by themselves, hints, solution, reset, and the picture's data. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/lab_layout.h"
#include "tui/lab_state.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/pane.h"
#include "tui/reader.h"

#include <errno.h>
#include <string.h>

static void tick_lab(struct app *app, void *state);

static const int64_t QUIET_NS = 700000000, MARK_NS = 2000000000;

enum deed { DEED_START, DEED_CHECK, DEED_WATCH, DEED_SOLVE, DEED_RESET };

struct lab_job {
    enum deed deed;
    struct attached *attached;
    char *host, *slug, *text;
    size_t step;
    int result;
};

static void detach(struct attached *attached)
{
    if (--attached->refs > 0)
        return;
    if (attached->open)
        lab_close(&attached->session);
    if (attached->loaded)
        lab_clear(&attached->lab);
    free(attached);
}

static void do_start(struct lab_job *job, struct error *err)
{
    struct attached *attached = job->attached;
    struct lab_session *session = &attached->session;
    if (!attached->loaded) {
        job->result = lab_load(job->slug, &attached->lab, err);
        attached->loaded = job->result == 0;
    }
    if (job->result == 0)
        job->result = lab_personalise(&attached->lab, err);
    if (job->result == 0)
        job->result = lab_start(job->host, &attached->lab, true, session, err);
    if (job->result == -EBUSY) {
        /* Started from a command line, and still there: go on with it. */
        *err = ERROR_INIT;
        job->result = lab_resume(job->host, &attached->lab, session, err);
    }
    attached->open = job->result >= 0;
}

static void do_job(void *data, struct error *err)
{
    struct lab_job *job = data;
    struct lab_session *session = &job->attached->session;
    switch (job->deed) {
    case DEED_START:
        do_start(job, err);
        break;
    case DEED_CHECK:
    case DEED_WATCH:
        job->result = lab_check(session, job->step, &job->text, err);
        break;
    case DEED_SOLVE:
        job->result = lab_solve(session, job->step, &job->text, err);
        break;
    case DEED_RESET:
        job->result = lab_reset(session, err);
        break;
    }
    if (job->result < 0 && err->code == 0)
        error_set(err, -job->result, "the lab's engine gave no reason");
}

static void copy_done(struct lab_screen *screen)
{
    const struct lab_session *session = &screen->attached->session;
    memcpy(screen->done, session->done, sizeof screen->done);
    screen->steps_done = session->steps_done;
    screen->step = lab_current(session);
}

static void enter_sandbox(struct app *app, struct lab_screen *screen)
{
    struct lab_session *session = &screen->attached->session;
    copy_text(screen->id, sizeof screen->id, session->id);
    screen->lab = &screen->attached->lab;
    copy_done(screen);
    screen->phase = LAB_OPEN;
    pane_close(screen->pane);
    screen->pane = pane_exec(app, screen->id, lab_shell_config(session));
    screen->in_terminal = true;
    json_decref(screen->now);
    json_decref(screen->before);
    screen->now = screen->before = NULL;
    tick_lab(app, screen);
    app->clock_ms = -1;
}

static void set_text(char **to, char *text)
{
    free(*to);
    *to = text;
    if (text)
        *to = xstrdup(str_trim(text)), free(text);
}

static void checked(struct app *app, struct lab_screen *screen, struct lab_job *job)
{
    size_t done = screen->attached->session.steps_done;
    if (job->deed == DEED_SOLVE)
        set_text(&screen->solution, move_ptr(job->text));
    else if (job->deed == DEED_CHECK || job->result > 0)
        set_text(&screen->advice, move_ptr(job->text));
    if (done > screen->steps_done) {
        copy_done(screen);
        screen->hints = 0;
        screen->top = 0;
        screen->introduction = false;
        set_text(&screen->advice, NULL);
        if (job->deed != DEED_SOLVE)
            set_text(&screen->solution, NULL);
        bool all = done >= screen->lab->step_count;
        app_note(app, S_OK, all ? "%s all steps done" : "%s step %zu done", glyph(G_CHECK), done);
        model_want_progress(app);
    } else if (job->deed == DEED_CHECK) {
        app_note(app, S_WARN, "not yet: %s", str_or(screen->advice, "the check is not satisfied"));
    }
}

static void job_done(struct app *app, void *owner, void *data, const struct error *err)
{
    struct lab_job *job = data;
    struct lab_screen *screen = owner;
    if (screen) {
        screen->busy = false;
        screen->error[0] = 0;
        if (err && (job->deed == DEED_START || job->deed == DEED_RESET)) {
            screen->phase = LAB_FAILED;
            copy_text(screen->error, sizeof screen->error, err->message);
        } else if (err) {
            if (job->deed != DEED_WATCH)
                app_note(app, S_BAD, "%s", err->message);
        } else if (job->deed == DEED_START || job->deed == DEED_RESET) {
            enter_sandbox(app, screen);
        } else {
            checked(app, screen, job);
        }
        app_dirty(app);
    }
    detach(job->attached);
    free(job->slug);
    free(job->host);
    free(job->text);
    free(job);
}

static void start_job(struct app *app, struct lab_screen *screen, enum deed deed, const char *doing)
{
    if (screen->busy)
        return;
    screen->busy = true;
    screen->doing = doing;
    screen->checked_ns = clock_mono_ns();
    screen->attached->refs++;
    struct lab_job *job = xcalloc(1, sizeof *job);
    *job = (struct lab_job){deed, screen->attached, xstrdup(app->host), xstrdup(screen->slug), NULL, screen->step, 0};
    work_run(app->work, LANE_LAB, do_job, job_done, job, screen);
    if (deed != DEED_WATCH)
        app_dirty(app);
}

static void open_lab(struct app *app, void *state, const void *argument)
{
    struct lab_screen *screen = state;
    copy_text(screen->slug, sizeof screen->slug, argument);
    screen->lab = lab_find(library()->labs, library()->lab_count, argument);
    screen->attached = xcalloc(1, sizeof *screen->attached);
    screen->attached->refs = 1;
    if (!screen->lab) {
        screen->phase = LAB_FAILED;
        snprintf(screen->error, sizeof screen->error, "there is no lab named %s", screen->slug);
        return;
    }
    app_ran(app, "slipway lab start %s", screen->slug);
    start_job(app, screen, DEED_START, "starting");
}

void lab_show(struct app *app, const char *slug)
{
    struct view *top = &app->stack[TAB_LABS][app->depth[TAB_LABS] - 1];
    if (top->screen != &screen_lab || !str_equal(((struct lab_screen *)top->state)->slug, slug)) {
        app_home_of(app, TAB_LABS);
        app_push(app, TAB_LABS, &screen_lab, slug);
    }
    app_go(app, TAB_LABS);
}

static void draw_lab(struct app *app, void *state, struct area area) { lab_draw(app, state, area); }

static void solve(struct app *app, void *owner, long argument)
{
    struct lab_screen *screen = owner;
    (void)argument;
    app_ran(app, "slipway lab solve %s", screen->slug);
    start_job(app, screen, DEED_SOLVE, "solving");
}

static void reset(struct app *app, void *owner, long argument)
{
    struct lab_screen *screen = owner;
    (void)argument;
    screen->hints = 0;
    set_text(&screen->advice, NULL);
    set_text(&screen->solution, NULL);
    app_ran(app, "slipway lab reset %s", screen->slug);
    if (screen->attached->open) {
        pane_close(screen->pane);
        screen->pane = NULL;
        screen->in_terminal = false;
        start_job(app, screen, DEED_RESET, "resetting");
    } else {
        start_job(app, screen, DEED_START, "starting");
    }
    screen->phase = LAB_STARTING;
}

static void more_hints(struct app *app, struct lab_screen *screen)
{
    if (screen->steps_done >= screen->lab->step_count)
        return;
    const struct lab_step *step = &screen->lab->steps[screen->step];
    if (screen->hints < step->hint_count)
        screen->hints++;
    else
        app_note(app, S_DIM, step->hint_count ? "that was the last hint; S shows the solution" : "this step has no hints");
    screen->introduction = false;
    screen->top = screen->lines; /* the newest hint in sight */
    app_ran(app, "slipway lab hint %s", screen->slug);
}

static bool is_open(struct app *app, void *state)
{
    (void)app;
    return ((struct lab_screen *)state)->phase == LAB_OPEN;
}

static void check(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    app_ran(app, "slipway lab check %s", screen->slug);
    start_job(app, screen, DEED_CHECK, "checking");
}

static void hint(struct app *app, void *state) { more_hints(app, state); }

static void introduce(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    screen->introduction = !screen->introduction;
}

static void ask_solution(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    if (screen->steps_done < screen->lab->step_count)
        app_ask(app, "Show the solution", "The solution of this step is run in the sandbox for you, and the step counts as done.",
                solve, screen, 0);
}

static void zoom(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    screen->zoom = (screen->zoom + 1) % ZOOM_COUNT;
}

static void lay_out(int wider, int higher)
{
    struct lab_layout *layout = lab_layout();
    bool mirrored = layout->arrangement == TERMINAL_PAGE_OVER_PICTURE;
    layout->wider += mirrored ? -wider : wider;
    layout->higher += layout->arrangement == PICTURE_OVER_PAGE_TERMINAL ? -higher : higher;
    lab_layout_keep();
}

/* A border goes the way that the key says. */
static void border_left(struct app *app, void *state)
{
    (void)app, (void)state;
    lay_out(-4, 0);
}

static void border_right(struct app *app, void *state)
{
    (void)app, (void)state;
    lay_out(4, 0);
}

static void border_up(struct app *app, void *state)
{
    (void)app, (void)state;
    lay_out(0, 2);
}

static void border_down(struct app *app, void *state)
{
    (void)app, (void)state;
    lay_out(0, -2);
}

static void swap_places(struct app *app, void *state)
{
    struct lab_layout *layout = lab_layout();
    (void)app, (void)state;
    layout->arrangement = (layout->arrangement + 1) % ARRANGEMENTS;
    lab_layout_keep();
}

static void usual_layout(struct app *app, void *state)
{
    (void)app, (void)state;
    *lab_layout() = (struct lab_layout){0};
    lab_layout_keep();
}

static bool can_reset(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->lab && !screen->busy;
}

static void ask_reset(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    if (screen->phase == LAB_FAILED)
        reset(app, screen, 0);
    else
        app_ask(app, "Begin again", "The sandbox is thrown away and a fresh one made. What you did in it is lost.", reset, screen,
                0);
}

static bool key_lab(struct app *app, void *state, keycode key)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->phase == LAB_OPEN && scroll_key(&screen->top, key, screen->lines, screen->rows);
}

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

/* The learner did something, and it is quiet now: look whether the step is done. */
static void watch_steps(struct app *app, struct lab_screen *screen)
{
    int64_t last = screen->pane ? pane_last_output(screen->pane) : 0, now = clock_mono_ns();
    if (screen->busy || screen->steps_done >= screen->lab->step_count || last <= screen->checked_ns || now - last < QUIET_NS)
        return;
    start_job(app, screen, DEED_WATCH, "checking");
}

static void tick_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    if (screen->phase != LAB_OPEN)
        return;
    watch_steps(app, screen);
    if (screen->asking || str_equal(screen->lab->picture, "none") || app->model.link == LINK_DOWN)
        return;
    screen->asking = true;
    char path[160];
    snprintf(path, sizeof path, "/slipway/containers/%s/%s", screen->id,
             str_equal(screen->lab->picture, "memory") ? "cgroup" : "network");
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_picture, screen);
}

static int interval_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->phase == LAB_OPEN ? 500 : 0;
}

static void close_lab_screen(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    pane_close(screen->pane);
    detach(screen->attached);
    free(screen->advice);
    free(screen->solution);
    json_decref(screen->now);
    json_decref(screen->before);
}

static struct pane *pane_of_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->in_terminal && screen->pane && pane_alive(screen->pane) ? screen->pane : NULL;
}

static void swap_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    if (screen->phase != LAB_OPEN)
        return;
    if (!screen->pane || !pane_alive(screen->pane)) {
        pane_close(screen->pane);
        screen->pane = pane_exec(app, screen->id, lab_shell_config(&screen->attached->session));
        screen->in_terminal = true;
    } else {
        screen->in_terminal = !screen->in_terminal;
    }
    app_dirty(app);
}

static const char *where_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->lab ? screen->lab->title : NULL;
}

static const struct action actions[] = {
    {"lab.check", "c", "check", "look whether the step is done; that also happens by itself after what you type", check, is_open},
    {"lab.hint", "h", "hint", "a hint, then a clearer one", hint, is_open},
    {"lab.solution", "S", "solution", "run the solution of this step (asks first)", ask_solution, is_open},
    {"lab.reset", "R", "reset", "throw the sandbox away and begin again (asks first)", ask_reset, can_reset},
    {"lab.zoom", "z", "zoom", "the terminal alone, the picture alone, the instruction alone, everything", zoom, is_open},
    {"lab.swap", "x", "places", "other places for the instruction, the terminal and the picture", swap_places, is_open},
    {"lab.border-left", "< Ctrl-Left", NULL, "move the border between instruction and terminal", border_left, is_open},
    {"lab.border-right", "> Ctrl-Right", NULL, "move the border between instruction and terminal", border_right, is_open},
    {"lab.border-up", "+ Ctrl-Up", NULL, "move the border of the picture", border_up, is_open},
    {"lab.border-down", "- Ctrl-Down", NULL, "move the border of the picture", border_down, is_open},
    {"lab.usual", "=", NULL, "places and borders as they were at first", usual_layout, is_open},
    {"lab.introduction", "i", NULL, "the introduction, and back", introduce, is_open},
    {"app.swap", NULL, "terminal", "the keyboard to the sandbox, and back", NULL, NULL},
    {"move.down", NULL, NULL, "scroll the instruction", NULL, NULL},
    {"move.up", NULL, NULL, "scroll the instruction", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "On the left what to do, beside it a shell in a machine of your own, and below it a picture of that machine read from the "
     "kernel twice a second: what just changed is marked. The machine is a container whose network leads nowhere; you are root in "
     "it.",
     "man 7 namespaces, man 8 ip, man 7 cgroups", NULL},
};

const struct screen screen_lab = {
    .name = "lab",
    .title = "Labs",
    .about = "A machine of your own to learn in. The picture is read from its kernel state twice a second, and checks look at that "
             "state too, not at "
             "what you type.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct lab_screen),
    .open = open_lab,
    .draw = draw_lab,
    .key = key_lab,
    .tick = tick_lab,
    .interval = interval_lab,
    .close = close_lab_screen,
    .pane = pane_of_lab,
    .swap = swap_lab,
    .where = where_lab,
};
