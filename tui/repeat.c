/* Learning by repetition: the questions that are due, nearest to being forgotten first, then some new ones; each is judged at once,
 * and the school tells when it comes back. */
#include "base/memory.h"
#include "tui/app.h"
#include "tui/lesson_recall.h"
#include "tui/list.h"
#include "tui/read_on.h"

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

static bool with_text(struct app *app, void *state)
{
    const struct lesson_recall *recall = state;
    return waits(app, state) && (recall->item.kind == ITEM_LINE || recall->item.kind == ITEM_ESSAY);
}

static bool with_letters(struct app *app, void *state) { return waits(app, state) && !with_text(app, state); }

static void begin_writing(struct app *app, void *state)
{
    (void)app;
    lesson_recall_write(state);
}

static bool writes(struct app *app, void *state)
{
    (void)app;
    return ((struct lesson_recall *)state)->writing;
}

static bool has_proof(struct app *app, void *state)
{
    (void)app;
    return lesson_recall_has_proof(state);
}

static void prove(struct app *app, void *state) { lesson_recall_prove(app, state); }

static bool has_lesson(struct app *app, void *state)
{
    (void)app;
    return read_on_lesson(((struct lesson_recall *)state)->verdict) != NULL;
}

static void open_lesson(struct app *app, void *state) { read_on(app, ((struct lesson_recall *)state)->verdict); }

/* A proof that runs counts its seconds. */
static void tick_repeat(struct app *app, void *state)
{
    if (((struct lesson_recall *)state)->proof.running)
        app_dirty(app);
}

static int every(struct app *app, void *state)
{
    (void)app;
    return ((struct lesson_recall *)state)->proof.running ? 1000 : 0;
}

static bool key_repeat(struct app *app, void *state, keycode key)
{
    struct lesson_recall *recall = state;
    if (recall->writing) {
        lesson_recall_write_key(app, recall, key);
        return true;
    }
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
    {"repeat.a", "a", "answer", "the option with this letter", choose_a, with_letters},
    {"repeat.b", "b", "answer", "the option with this letter", choose_b, with_letters},
    {"repeat.c", "c", "answer", "the option with this letter", choose_c, with_letters},
    {"repeat.d", "d", "answer", "the option with this letter", choose_d, with_letters},
    {"repeat.e", "e", "answer", "the option with this letter", choose_e, with_letters},
    {"repeat.f", "f", "answer", "the option with this letter", choose_f, with_letters},
    {"repeat.g", "g", "answer", "the option with this letter", choose_g, with_letters},
    {"repeat.h", "h", "answer", "the option with this letter", choose_h, with_letters},
    {"repeat.write", "i", "write", "write the answer: Enter hands it in", begin_writing, with_text},
    {"repeat.prove", "w", "proof", "watch the proof of the answer run, in a lab machine of its own", prove, has_proof},
    {"repeat.lesson", "L", "lesson", "open the lesson that the question is about", open_lesson, has_lesson},
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
    .typing = writes,
    .tick = tick_repeat,
    .interval = every,
    .close = close_repeat,
};
