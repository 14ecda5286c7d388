/* An open lab: its shells, and what its keys do. */
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

#include <stdlib.h>

/* --- its machines and their shells --- */

struct pane *lab_pane(const struct lab_screen *screen) { return screen->panes[screen->machine]; }

void lab_panes_close(struct lab_screen *screen)
{
    for (size_t i = 0; i < LAB_MACHINES; i++) {
        pane_close(screen->panes[i]);
        screen->panes[i] = NULL;
    }
    screen->in_terminal = false;
}

void lab_pane_open(struct app *app, struct lab_screen *screen)
{
    struct pane **pane = &screen->panes[screen->machine];
    if (*pane && pane_alive(*pane))
        return;
    pane_close(*pane);
    *pane = pane_exec(app, screen->ids[screen->machine], lab_shell_config(&screen->attached->session));
}

void lab_entered(struct app *app, struct lab_screen *screen)
{
    screen->phase = LAB_OPEN;
    screen->away = false;
    screen->machine = 0;
    lab_panes_close(screen);
    lab_pane_open(app, screen);
    screen->in_terminal = true;
    json_decref(screen->now);
    json_decref(screen->before);
    screen->now = screen->before = NULL;
    lesson_picture_show(&screen->picture, NULL, NULL);
    if (lab_has_picture(screen) && !lab_own_picture(screen)) {
        copy_text(screen->picture.machine, sizeof screen->picture.machine, screen->id);
        lesson_picture_show(&screen->picture, screen->lab->picture, NULL);
    }
    lab_tick(app, screen);
    app->clock_ms = -1;
}

void lab_lost(struct app *app, struct lab_screen *screen)
{
    screen->phase = LAB_LOST;
    lab_panes_close(screen);
    app_dirty(app);
}

static void next_machine(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    screen->machine = (screen->machine + 1) % screen->machine_count;
    lab_pane_open(app, screen);
    app_ran(app, "slipway lab shell %s%s%s", screen->slug, screen->machine ? " " : "",
            screen->machine ? screen->lab->hosts[screen->machine - 1] : "");
}

static bool has_machines(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->phase == LAB_OPEN && screen->machine_count > 1;
}

/* --- the way in --- */

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
    lab_job(app, screen, DEED_START, "starting");
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
    lab_job(app, screen, DEED_SOLVE, "solving");
}

static void forget(char **text)
{
    free(*text);
    *text = NULL;
}

static void reset_by(struct app *app, struct lab_screen *screen, enum lab_deed deed)
{
    if (screen->busy)
        return;
    forget(&screen->advice);
    forget(&screen->trouble);
    forget(&screen->solution);
    lab_panes_close(screen);
    lab_job(app, screen, screen->attached->open ? deed : DEED_START, screen->attached->open ? "resetting" : "starting");
    screen->phase = LAB_STARTING;
}

static void reset(struct app *app, void *owner, long argument)
{
    struct lab_screen *screen = owner;
    (void)argument;
    app_ran(app, "slipway lab reset %s", screen->slug);
    reset_by(app, screen, DEED_RESET);
}

static void reset_step(struct app *app, void *owner, long step)
{
    struct lab_screen *screen = owner;
    screen->step = (size_t)step;
    app_ran(app, "slipway lab reset %s %ld", screen->slug, step + 1);
    reset_by(app, screen, DEED_RESET_STEP);
}

static void more_hints(struct app *app, struct lab_screen *screen)
{
    if (screen->step >= screen->lab->step_count)
        return;
    const struct lab_step *step = &screen->lab->steps[screen->step];
    if (screen->hints < step->hint_count) {
        unsigned number = (unsigned)++screen->hints;
        if (number > screen->hints_used[screen->step] && !screen->done[screen->step]) {
            screen->hints_used[screen->step] = number;
            work_school(app->work, lab_hint_request(screen->lab, screen->id, screen->step, number), NULL, NULL);
            model_want_progress(app);
        }
    } else {
        app_note(app, S_DIM, "that was the last hint; S shows the solution");
    }
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
    lab_job(app, screen, DEED_CHECK, "checking");
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
    if (screen->step < screen->lab->step_count && !screen->done[screen->step])
        app_ask(app, "Show the solution", "The solution of this step is run in the sandbox for you, and the step counts as done.",
                solve, screen, 0);
}

/* Another step, to read it again or, in a lab of free order, to do it now. */
static void show_step(struct lab_screen *screen, int by)
{
    size_t count = screen->lab->step_count, at = screen->step < count ? screen->step : by > 0 ? count - 1 : count;
    if ((by < 0 && at == 0) || (by > 0 && at + 1 >= count))
        return;
    screen->step = by < 0 ? at - 1 : at + 1;
    screen->hints = 0;
    screen->top = 0;
    screen->news = count;
    screen->introduction = false;
    forget(&screen->advice);
    forget(&screen->solution);
}

static void step_after(struct app *app, void *state)
{
    (void)app;
    show_step(state, 1);
}

static void step_before(struct app *app, void *state)
{
    (void)app;
    show_step(state, -1);
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

static bool has_scroll(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->phase == LAB_OPEN && !lab_own_picture(screen) && lab_has_picture(screen);
}

static void picture_down(struct app *app, void *state)
{
    (void)app;
    lesson_picture_scroll(&((struct lab_screen *)state)->picture, 1);
}

static void picture_up(struct app *app, void *state)
{
    (void)app;
    lesson_picture_scroll(&((struct lab_screen *)state)->picture, -1);
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
    if (screen->phase == LAB_FAILED || screen->phase == LAB_LOST)
        reset(app, screen, 0);
    else
        app_ask(app, "Begin again", "The sandbox is thrown away and a fresh one made. What you did in it is lost.", reset, screen,
                0);
}

static void ask_reset_step(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    if (screen->step < screen->lab->step_count)
        app_ask(app, "Begin this step again",
                "A fresh sandbox is made, and the steps that were done before this one are carried out in it by their solutions. "
                "What else you did is lost.",
                reset_step, screen, (long)screen->step);
}

static bool key_lab(struct app *app, void *state, keycode key)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->phase == LAB_OPEN && scroll_key(&screen->top, key, screen->lines, screen->rows);
}

static void tick_lab(struct app *app, void *state) { lab_tick(app, state); }

static int interval_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    (void)app;
    return screen->phase == LAB_OPEN ? 500 : 0;
}

static void close_lab_screen(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    lab_panes_close(screen);
    lesson_picture_close(app, &screen->picture);
    lab_detach(screen->attached);
    free(screen->advice);
    free(screen->trouble);
    free(screen->solution);
    json_decref(screen->now);
    json_decref(screen->before);
}

static struct pane *pane_of_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    struct pane *pane = lab_pane(screen);
    (void)app;
    return screen->in_terminal && pane && pane_alive(pane) ? pane : NULL;
}

static void swap_lab(struct app *app, void *state)
{
    struct lab_screen *screen = state;
    struct pane *pane = lab_pane(screen);
    if (screen->phase != LAB_OPEN)
        return;
    screen->in_terminal = !pane || !pane_alive(pane) || !screen->in_terminal;
    lab_pane_open(app, screen);
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
    {"lab.reset-step", "r", NULL, "begin this step again in a fresh sandbox, with the steps before it done (asks first)",
     ask_reset_step, is_open},
    {"lab.step-after", "n", NULL, "the next step, to read it or to do it when the order is free", step_after, is_open},
    {"lab.step-before", "p", NULL, "the step before, to read it again", step_before, is_open},
    {"lab.machine", "o", "machine", "the shell of the lab's next machine, where it has several", next_machine, has_machines},
    {"lab.zoom", "z", "zoom", "the terminal alone, the picture alone, the instruction alone, everything", zoom, is_open},
    {"lab.swap", "x", "places", "other places for the instruction, the terminal and the picture", swap_places, is_open},
    {"lab.border-left", "< Ctrl-Left", NULL, "move the border between instruction and terminal", border_left, is_open},
    {"lab.border-right", "> Ctrl-Right", NULL, "move the border between instruction and terminal", border_right, is_open},
    {"lab.border-up", "+ Ctrl-Up", NULL, "move the border of the picture", border_up, is_open},
    {"lab.border-down", "- Ctrl-Down", NULL, "move the border of the picture", border_down, is_open},
    {"lab.usual", "=", NULL, "places and borders as they were at first", usual_layout, is_open},
    {"lab.introduction", "i", NULL, "the introduction, and back", introduce, is_open},
    {"lab.picture-down", "J", NULL, "down in the picture", picture_down, has_scroll},
    {"lab.picture-up", "K", NULL, "up in the picture", picture_up, has_scroll},
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
