/* The course map: every lesson in its order, with its labs and topics, and how far the learner has come. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/learn_state.h"
#include "tui/reader.h"

static bool is_done(const void *data, const char *slug) { return model_done(data, "lesson", slug); }

enum lesson_state learn_state_of(const struct app *app, const struct learn *learn, const struct lesson *lesson)
{
    const struct library *books = library();
    return lesson_state(books->lessons, books->lesson_count, lesson, learn->next, is_done, app);
}

const struct course_row *learn_selected(const struct learn *learn)
{
    return learn->list.selected < learn->count ? &learn->rows[learn->list.selected] : NULL;
}

/* Where the learner goes on; when all is read, at the first lesson. */
static void place(struct app *app, struct learn *learn)
{
    const struct lesson *next = learn->next;
    learn->placed = library()->loaded && (app->model.progress || app->model.school_error[0]);
    learn->list.selected = 0;
    for (int i = learn->count - 1; i >= 0; i--)
        if (learn->rows[i].kind == COURSE_LESSON && (!next || learn->rows[i].lesson == next))
            learn->list.selected = i;
}

static void refresh(struct app *app, struct learn *learn)
{
    const struct library *books = library();
    learn->count = course_rows(books, &learn->filter, learn->topics, learn->rows);
    learn->next = lesson_next(books->lessons, books->lesson_count, is_done, app);
    if (!learn->placed)
        place(app, learn);
}

static void draw_learn(struct app *app, void *state, struct area area)
{
    refresh(app, state);
    learn_draw(app, state, area);
}

static void close_learn(struct app *app, void *state) { work_forget(app->work, state); }

/* What is best read before is advice: the lesson opens all the same. */
static void read_lesson(struct app *app, const struct learn *learn, const struct lesson *lesson)
{
    const struct library *books = library();
    bool later = learn_state_of(app, learn, lesson) == LESSON_LATER && model_step(app, "lesson", lesson->slug) == 0;
    reader_show(app, lesson->slug);
    for (char **slug = lesson->prerequisites; later && *slug; slug++) {
        const struct lesson *before = lesson_find(books->lessons, books->lesson_count, *slug);
        if (before && !model_done(app, "lesson", *slug)) {
            app_note(app, S_DIM, "best read after \"%s\"; nothing is locked", before->title);
            return;
        }
    }
}

static void open_row(struct app *app, struct learn *learn)
{
    const struct course_row *row = learn_selected(learn);
    if (row && row->kind == COURSE_LAB)
        lab_show(app, row->lab->slug);
    else if (row && row->lesson)
        read_lesson(app, learn, row->lesson);
    else if (row)
        app_note(app, S_DIM, "a part of the course; Enter on a lesson reads it");
}

/* Who is quicker than the reading of the lessons, or than the school that says which comes next, is not kept from what they want:
 * Enter waits behind both. */
static void nothing(void *data, struct error *err) { (void)data, (void)err; }

static void open_when_known(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    (void)answer, (void)err;
    struct learn *learn = owner;
    if (app_shows(app, learn)) {
        refresh(app, learn);
        open_row(app, learn);
    }
}

static void open_when_read(struct app *app, void *owner, void *data, const struct error *err)
{
    (void)data, (void)err;
    if (owner && !app->model.progress && !app->model.school_error[0])
        work_school(app->work, json_pack("{s:s}", "op", "progress.get"), open_when_known, owner);
    else if (owner)
        open_when_known(app, owner, NULL, NULL);
}

static void open_selected(struct app *app, void *state)
{
    struct learn *learn = state;
    if (learn->placed)
        open_row(app, learn);
    else
        work_run(app->work, LANE_SLOW, nothing, open_when_read, NULL, learn);
}

static void show_topics(struct app *app, void *state)
{
    struct learn *learn = state;
    const struct course_row *row = learn_selected(learn);
    const struct lesson *lesson = row ? row->lesson : NULL;
    (void)app;
    learn->topics = !learn->topics;
    learn->count = course_rows(library(), &learn->filter, learn->topics, learn->rows);
    for (int i = 0; i < learn->count && lesson; i++)
        if (learn->rows[i].kind == COURSE_LESSON && learn->rows[i].lesson == lesson)
            learn->list.selected = i;
}

/* From one part of the course to the next. */
static void jump(struct learn *learn, int by)
{
    for (int i = learn->list.selected + by; i >= 0 && i < learn->count; i += by)
        if (learn->rows[i].kind == COURSE_DOMAIN) {
            learn->list.selected = i;
            return;
        }
}

static void next_part(struct app *app, void *state) { (void)app, jump(state, 1); }
static void part_before(struct app *app, void *state) { (void)app, jump(state, -1); }

static void about_down(struct app *app, void *state)
{
    struct learn *learn = state;
    (void)app;
    learn->top += learn->top + learn->height < learn->lines ? 3 : 0;
}

static void about_up(struct app *app, void *state)
{
    struct learn *learn = state;
    (void)app;
    learn->top -= learn->top > 3 ? 3 : learn->top;
}

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct learn *)state)->filter;
}

static bool key_learn(struct app *app, void *state, keycode key)
{
    struct learn *learn = state;
    (void)app;
    if (!list_key(&learn->list, key, learn->count))
        return false;
    learn->top = 0;
    return true;
}

static const struct action actions[] = {
    {"learn.read", "Enter", "open", "read the lesson where you left it, or do the lab", open_selected, NULL},
    {"learn.topics", "t", "topics", "the topics of each lesson, or not", show_topics, NULL},
    {"learn.part", "Tab", "part", "the next part of the course, and the one before", next_part, NULL},
    {"learn.part-before", "Shift-Tab", NULL, "the next part of the course, and the one before", part_before, NULL},
    {"move.down", NULL, "choose", "another lesson", NULL, NULL},
    {"move.up", NULL, "choose", "another lesson", NULL, NULL},
    {"learn.about-down", "J", NULL, "scroll what is told of the selected one", about_down, NULL},
    {"learn.about-up", "K", NULL, "scroll what is told of the selected one", about_up, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "The map of the course: its parts, the lessons of each in their order, the labs that go with them, and how far you have come. "
     "The lesson that comes next is marked; one that is better read later stands dim, and nothing is locked. Below or beside, what "
     "the selected one teaches.",
     "man 1 slipway", NULL},
};

const struct screen screen_learn = {
    .name = "learn",
    .title = "Learn",
    .about =
        "The map of the course. Lessons are read with a terminal beside them: their commands are run from the page, and what they "
        "changed is shown. `slipway lesson map` prints the same.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct learn),
    .draw = draw_learn,
    .key = key_learn,
    .close = close_learn,
    .filter = filter_of,
};
