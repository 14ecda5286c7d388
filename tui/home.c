/* Home: the path through lessons, labs and the exam with one step suggested, what was reached so far, and the containers now. */
#include "tui/home_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/next.h"
#include "tui/course.h"
#include "tui/library.h"
#include "tui/reader.h"

#include <string.h>

static struct stop lesson_stop(struct app *app, const struct lesson *lesson)
{
    return (struct stop){STATION_LESSON,
                         lesson->slug,
                         lesson->title,
                         lesson->summary,
                         lesson->minutes,
                         model_step(app, "lesson", lesson->slug),
                         (int)lesson->page_count,
                         model_done(app, "lesson", lesson->slug),
                         false};
}

static struct stop lab_stop_of(struct app *app, const struct lab *lab)
{
    return (struct stop){STATION_LAB,
                         lab->slug,
                         lab->title,
                         lab->summary,
                         lab->minutes,
                         model_step(app, "lab", lab->slug),
                         (int)lab->step_count,
                         model_done(app, "lab", lab->slug),
                         false};
}

size_t home_path(struct app *app, struct stop *stops)
{
    const struct library *shelf = library();
    cleanup_free struct course_stop *way = xcalloc(shelf->lesson_count + shelf->lab_count + 1, sizeof *way);
    size_t all = course_order(shelf->lessons, shelf->lesson_count, shelf->labs, shelf->lab_count, way), count = 0;
    for (size_t i = 0; i < all && count < STOPS_MAX - 1; i++)
        stops[count++] =
            way[i].lab ? lab_stop_of(app, &shelf->labs[way[i].index]) : lesson_stop(app, &shelf->lessons[way[i].index]);
    if (count < STOPS_MAX)
        stops[count++] = (struct stop){STATION_EXAM,
                                       "",
                                       "Exam: ten questions against the clock",
                                       "Drawn at random, graded at the end, with an explanation for each option.",
                                       15,
                                       0,
                                       0,
                                       json_flag(json_at(app->model.progress, "exams.last"), "passed", false),
                                       false};
    return count;
}

bool home_exam_runs(const struct home *home) { return home->open_attempt && !json_is_null(home->open_attempt); }

/* A running exam first, then what builds on what is done. */
static int suggested(struct app *app, const struct home *home, const struct stop *stops, size_t count)
{
    const struct library *books = library();
    struct next_step next;
    if (home_exam_runs(home) ||
        !next_step(books->lessons, books->lesson_count, books->labs, books->lab_count, app->model.progress, &next))
        return (int)count - 1;
    for (size_t i = 0; i < count; i++)
        if (stops[i].kind == (next.lab ? STATION_LAB : STATION_LESSON) && str_equal(stops[i].slug, next.slug))
            return (int)i;
    return (int)count - 1;
}

/* The stops on show: all, or those that match what is looked for. */
size_t home_shown(struct app *app, const struct home *home, struct stop *stops)
{
    static const char *const kinds[] = {"lesson", "lab", "exam"};
    size_t all = home_path(app, stops), count = 0;
    stops[suggested(app, home, stops, all)].next = true;
    for (size_t i = 0; i < all; i++)
        if (filter_match(&home->filter, stops[i].title, kinds[stops[i].kind], stops[i].slug, NULL))
            stops[count++] = stops[i];
    return count;
}

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct home *)state)->filter;
}

static bool key_home(struct app *app, void *state, keycode key)
{
    struct home *home = state;
    struct stop stops[STOPS_MAX];
    bool mine = list_key(&home->list, key, (int)home_shown(app, home, stops));
    home->moved = home->moved || mine;
    return mine;
}

static void open_stop(struct app *app, void *state)
{
    struct home *home = state;
    struct stop stops[STOPS_MAX];
    size_t count = home_shown(app, home, stops);
    if (!library()->loaded || (size_t)home->list.selected >= count)
        return;
    const struct stop *stop = &stops[home->list.selected];
    home->moved = false;
    if (stop->kind == STATION_LESSON) {
        reader_show(app, stop->slug);
    } else if (stop->kind == STATION_LAB) {
        lab_show(app, stop->slug);
    } else {
        app_go(app, TAB_EXAM);
    }
}

static void got_attempt(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct home *home = owner;
    if (err)
        return;
    json_decref(home->open_attempt);
    home->open_attempt = json_incref(json_object_get(answer, "attempt"));
    app_dirty(app);
}

static void got_standing(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct home *home = owner;
    if (err)
        return;
    json_decref(home->standing);
    home->standing = json_incref(answer);
    app_dirty(app);
}

static void tick_home(struct app *app, void *state)
{
    struct home *home = state;
    model_want_overview(app);
    if (app->clock_ms != -1 && home->asked)
        return;
    home->asked = true;
    model_want_progress(app);
    work_school(app->work, json_pack("{s:s}", "op", "exam.open"), got_attempt, home);
    work_school(app->work, json_pack("{s:s}", "op", "standing"), got_standing, home);
}

static int interval_home(struct app *app, void *state)
{
    (void)app, (void)state;
    return 1000;
}

static void close_home(struct app *app, void *state)
{
    struct home *home = state;
    (void)app;
    json_decref(home->open_attempt);
    json_decref(home->standing);
}

static const struct action actions[] = {
    {"home.open", "Enter", "open", "do what is selected; the suggested next step is selected from the start", open_stop, NULL},
    {"move.down", NULL, "choose", "another stop of the path", NULL, NULL},
    {"move.up", NULL, "choose", "another stop of the path", NULL, NULL},
    {"go.home", NULL, "tabs", "Home, Learn, Labs, Containers, Exam", NULL, NULL},
    {"go.learn", NULL, "tabs", "Home, Learn, Labs, Containers, Exam", NULL, NULL},
    {"go.labs", NULL, "tabs", "Home, Learn, Labs, Containers, Exam", NULL, NULL},
    {"go.containers", NULL, "tabs", "Home, Learn, Labs, Containers, Exam", NULL, NULL},
    {"go.exam", NULL, "tabs", "Home, Learn, Labs, Containers, Exam", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Your path through the course on the left: lessons first, then labs, then the exam. A tick is done, a triangle is what comes "
     "next. On the right what you have reached so far. By domain: of the questions that you were asked, in exams that are over and "
     "in "
     "lessons, how many were right the last time. Below, the containers of this machine as the engine tells of them each second; "
     "the "
     "bar is memory in use against the limit of the container's cgroup.",
     "man 1 slipway, man 7 cgroups", NULL},
};

const struct screen screen_home = {
    .name = "home",
    .title = "Home",
    .about =
        "Where you are: the path through lessons, labs and the exam, what you have reached, and what runs on this machine now.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct home),
    .draw = home_draw,
    .key = key_home,
    .filter = filter_of,
    .tick = tick_home,
    .interval = interval_home,
    .close = close_home,
};
