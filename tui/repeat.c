/* Learning by repetition: the questions that are due, nearest to being forgotten first, then some new ones; each is judged at once,
 * and the school tells when it comes back. */
#include "base/memory.h"
#include "tui/app.h"
#include "tui/lesson_recall.h"
#include "tui/list.h"

static void begin(struct app *app, struct lesson_recall *recall)
{
    app_ran(app, "slipway exam learn");
    lesson_recall_due(app, recall);
}

static void open_repeat(struct app *app, void *state, const void *argument)
{
    (void)argument;
    begin(app, state);
}

static void go_on(struct app *app, void *state)
{
    struct lesson_recall *recall = state;
    if (!lesson_recall_go_on(app, recall))
        begin(app, recall);
}

static bool waits(struct app *app, void *state)
{
    (void)app;
    return lesson_recall_waits(state);
}

static void choose_a(struct app *app, void *state) { lesson_recall_choose(app, state, 0); }
static void choose_b(struct app *app, void *state) { lesson_recall_choose(app, state, 1); }
static void choose_c(struct app *app, void *state) { lesson_recall_choose(app, state, 2); }
static void choose_d(struct app *app, void *state) { lesson_recall_choose(app, state, 3); }
static void choose_e(struct app *app, void *state) { lesson_recall_choose(app, state, 4); }
static void choose_f(struct app *app, void *state) { lesson_recall_choose(app, state, 5); }
static void choose_g(struct app *app, void *state) { lesson_recall_choose(app, state, 6); }
static void choose_h(struct app *app, void *state) { lesson_recall_choose(app, state, 7); }

static bool key_repeat(struct app *app, void *state, keycode key)
{
    struct lesson_recall *recall = state;
    (void)app;
    return scroll_key(&recall->top, key, recall->lines, recall->rows);
}

static void draw_repeat(struct app *app, void *state, struct area area)
{
    (void)app;
    lesson_recall_draw(state, area);
}

static void close_repeat(struct app *app, void *state) { lesson_recall_close(app, state); }

static const struct action actions[] = {
    {"repeat.on", "Enter", "on", "hand in what was chosen, the next question, and at the end what has become due", go_on, NULL},
    {"repeat.a", "a", "answer", "the option with this letter", choose_a, waits},
    {"repeat.b", "b", "answer", "the option with this letter", choose_b, waits},
    {"repeat.c", "c", "answer", "the option with this letter", choose_c, waits},
    {"repeat.d", "d", "answer", "the option with this letter", choose_d, waits},
    {"repeat.e", "e", "answer", "the option with this letter", choose_e, waits},
    {"repeat.f", "f", "answer", "the option with this letter", choose_f, waits},
    {"repeat.g", "g", "answer", "the option with this letter", choose_g, waits},
    {"repeat.h", "h", "answer", "the option with this letter", choose_h, waits},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Questions that you are about to forget, by what you answered so far, and after them some that are new to you. What was right "
     "comes back after days that grow from time to time, what was wrong in a few minutes.",
     "man 1 slipway", NULL},
};

const struct screen screen_repeat = {
    .name = "repeat",
    .title = "Repeat",
    .about = "Spaced repetition (FSRS): each question comes back shortly before you would have forgotten it.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct lesson_recall),
    .open = open_repeat,
    .draw = draw_repeat,
    .key = key_repeat,
    .close = close_repeat,
};
