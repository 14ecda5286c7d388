/* Home: the path through lessons, labs and the exam with one step suggested, what was reached so far, and the containers now. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "labs/next.h"
#include "tui/app.h"
#include "tui/course.h"
#include "tui/format.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/reader.h"

#include <string.h>

enum station { STATION_LESSON, STATION_LAB, STATION_EXAM };

/* One stop of the path. */
struct stop {
    enum station kind;
    const char *slug, *title, *summary;
    int minutes, step, steps;
    bool done, next; /* `next`: the one suggested */
};

enum { STOPS_MAX = 128 };

struct home {
    struct list list;
    bool moved; /* the learner chose another row than the suggested one */
    bool asked;
    json_t *open_attempt; /* an exam that is running */
    json_t *attempts, *banks;
    struct filter filter;
};

static const json_t *last_exam(const struct app *app) { return json_at(app->model.progress, "exams.last"); }

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

static size_t path_of(struct app *app, struct stop *stops)
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
                                       json_flag(last_exam(app), "passed", false),
                                       false};
    return count;
}

static bool json_is_attempt(const json_t *value) { return value && !json_is_null(value); }

/* A running exam first, then what builds on what is done. */
static int suggested(struct app *app, const struct home *home, const struct stop *stops, size_t count)
{
    const struct library *books = library();
    struct next_step next;
    if (json_is_attempt(home->open_attempt) ||
        !next_step(books->lessons, books->lesson_count, books->labs, books->lab_count, app->model.progress, &next))
        return (int)count - 1;
    for (size_t i = 0; i < count; i++)
        if (stops[i].kind == (next.lab ? STATION_LAB : STATION_LESSON) && str_equal(stops[i].slug, next.slug))
            return (int)i;
    return (int)count - 1;
}

/* The stops on show: all, or those that match what is looked for. */
static size_t shown_path(struct app *app, const struct home *home, struct stop *stops)
{
    static const char *const kinds[] = {"lesson", "lab", "exam"};
    size_t all = path_of(app, stops), count = 0;
    stops[suggested(app, home, stops, all)].next = true;
    for (size_t i = 0; i < all; i++)
        if (filter_match(&home->filter, stops[i].title, kinds[stops[i].kind], stops[i].slug, NULL))
            stops[count++] = stops[i];
    return count;
}

static void draw_gauge_row(struct area area, int y, const char *name, int done, int total)
{
    put(area, y, 0, S_DIM, name);
    int width = area.w - 9 - 8;
    draw_gauge(area, y, 9, width, total ? (double)done / total : 0, S_OK);
    char text[32];
    snprintf(text, sizeof text, "%d of %d", done, total);
    put_right(area, y, area.w, S_TEXT, text);
}

static int draw_exams(struct app *app, struct area inside);
static void draw_begun(struct app *app, const struct home *home, struct area area, int y);

static void draw_so_far(struct app *app, const struct home *home, struct area area, const struct stop *stops, size_t count)
{
    struct area inside = draw_box(area, "So far", NULL, S_DIM);
    int done[2] = {0, 0}, total[2] = {0, 0};
    for (size_t i = 0; i < count; i++)
        if (stops[i].kind != STATION_EXAM) {
            total[stops[i].kind]++;
            done[stops[i].kind] += stops[i].done;
        }
    draw_gauge_row(inside, 0, "Lessons", done[STATION_LESSON], total[STATION_LESSON]);
    draw_gauge_row(inside, 1, "Labs", done[STATION_LAB], total[STATION_LAB]);
    if (app->model.school_error[0]) {
        draw_wrapped(area_rows(inside, 3, inside.h), 0, 0, S_WARN, app->model.school_error);
        return;
    }
    draw_begun(app, home, inside, draw_exams(app, inside) + 1);
}

static int draw_exams(struct app *app, struct area inside)
{
    long long attempts = json_num(app->model.progress, "exams.attempts", 0);
    if (attempts == 0) {
        put(inside, 3, 0, S_DIM, "Exams    none taken yet");
        return 4;
    }
    double best = json_number_value(json_at(app->model.progress, "exams.best"));
    double last = json_number_value(json_object_get(last_exam(app), "percent"));
    bool passed = json_flag(last_exam(app), "passed", false);
    putf(inside, 3, 0, S_DIM, "Exams    %lld taken", attempts);
    put(inside, 4, 0, S_DIM, "best");
    draw_gauge(inside, 4, 9, inside.w - 17, best / 100, S_ACCENT);
    char text[48];
    snprintf(text, sizeof text, "%.0f%%", best);
    put_right(inside, 4, inside.w, S_TEXT, text);
    put(inside, 5, 0, S_DIM, "last");
    int x = 9 + putf(inside, 5, 9, passed ? S_OK : S_WARN, "%s %.0f%% %s", glyph(passed ? G_CHECK : G_CROSS), last,
                     passed ? "passed" : "not passed");
    const char *at = json_str(last_exam(app), "ended", "");
    if (format_ago(at, text)[0])
        putf(inside, 5, x + 2, S_DIM, "%s ago", text);
    return 6;
}

/* How the last exam went in each domain, as far as one was taken; and how much of the domain is done. */
static void draw_domains(struct app *app, const struct home *home, struct area area, int y)
{
    struct domain domains[DOMAINS_MAX];
    size_t count = course_domains(app->model.progress, home->attempts, home->banks, domains);
    if (count == 0 || y + 1 >= area.h)
        return;
    put(area, y, 0, S_DIM, "By domain");
    put_right(area, y++, area.w, S_DIM, area.w >= 36 ? "done   last exam" : "last exam");
    for (size_t i = 0; i < count && y < area.h; i++, y++) {
        const struct domain *domain = &domains[i];
        char text[48] = "none";
        if (domain->exams)
            snprintf(text, sizeof text, "%s %.0f%%", glyph(domain->passed ? G_CHECK : G_CROSS), domain->last);
        put_right(area, y, area.w, !domain->exams ? S_DIM : domain->passed ? S_OK : S_WARN, text);
        put_fit(area, y, 0, area.w - (area.w >= 36 ? 22 : 10), S_TEXT, domain->name);
        snprintf(text, sizeof text, "%d of %d", domain->done, domain->parts);
        if (area.w >= 36 && domain->parts)
            put_right(area, y, area.w - 12, S_TEXT, text);
    }
}

static const char *begun_title(const json_t *begun)
{
    const struct library *books = library();
    const char *id = json_str(begun, "id", "");
    for (size_t i = 0; i < books->lesson_count; i++)
        if (str_equal(books->lessons[i].slug, id) && str_equal(json_str(begun, "kind", ""), "lesson"))
            return books->lessons[i].title;
    for (size_t i = 0; i < books->lab_count; i++)
        if (str_equal(books->labs[i].slug, id) && str_equal(json_str(begun, "kind", ""), "lab"))
            return books->labs[i].title;
    return id;
}

static void draw_begun(struct app *app, const struct home *home, struct area area, int y)
{
    int count, streak = course_streak(app->model.progress, home->attempts, time(NULL));
    json_t *begun = course_begun(app->model.progress, &count);
    put(area, y, 0, S_DIM, "Streak");
    putf(area, y++, 9, streak ? S_OK : S_DIM, streak ? "%d day%s in a row" : "none yet", streak, streak == 1 ? "" : "s");
    put(area, y, 0, S_DIM, "Begun");
    if (begun && count > 1)
        putf(area_columns(area, 9, area.w), y, 0, S_WARN, "%d, first %s", count, begun_title(begun));
    else if (begun)
        putf(area_columns(area, 9, area.w), y, 0, S_WARN, "%s, %lld of %lld", begun_title(begun), json_num(begun, "step", 0),
             json_num(begun, "steps", 0));
    else
        put(area, y, 9, S_DIM, "nothing half done");
    draw_domains(app, home, area, y + 2);
}

static void draw_stop(struct area area, int y, const struct stop *stop, bool on, bool next)
{
    enum style row = table_row(area, y, on);
    bool part = !stop->done && stop->step > 0;
    enum style sign = on ? row : stop->done ? S_OK : next ? S_ACCENT : S_DIM;
    put(area, y, 2, sign, glyph(stop->done ? G_CHECK : next ? G_PLAY : part ? G_PAUSE : G_RING));
    static const char *const kinds[] = {"Lesson", "Lab", "Exam"};
    put(area, y, 4, on ? row : S_DIM, kinds[stop->kind]);
    char right[48] = "";
    if (part && stop->steps)
        snprintf(right, sizeof right, "%d of %d", stop->step, stop->steps);
    else if (stop->minutes)
        snprintf(right, sizeof right, "%d min", stop->minutes);
    put_right(area, y, area.w - 2, on ? row : S_DIM, right);
    const char *title = stop->kind == STATION_EXAM ? "Ten questions, fifteen minutes" : stop->title;
    put_fit(area, y, 11, area.w - 14 - text_width(right), on ? row : stop->done ? S_DIM : S_TEXT, title);
}

static void draw_path(struct home *home, struct area area, const struct stop *stops, size_t count)
{
    struct area inside = draw_box(area, "Your path", "Enter opens", S_DIM);
    for (size_t i = 0; i < count && !home->moved; i++)
        home->list.selected = stops[i].next ? (int)i : home->list.selected;
    if (!library()->loaded) {
        put(inside, 0, 0, S_DIM, "reading lessons and labs");
        return;
    }
    struct area list = filter_draw(&home->filter, area_rows(inside, 0, inside.h - 3));
    struct area wide = {list.y, list.x - 1, list.h, list.w + 2};
    int top = list_fit(&home->list, wide, (int)count);
    for (int y = 0; y < wide.h && top + y < (int)count; y++)
        draw_stop(wide, y, &stops[top + y], list_selected(&home->list, top + y), stops[top + y].next);
    if (count == 0) {
        putf(wide, 0, 2, S_DIM, "nothing matches \"%s\"", home->filter.edit.text);
        return;
    }
    const struct stop *stop = &stops[home->list.selected];
    bool running = stop->kind == STATION_EXAM && json_is_attempt(home->open_attempt);
    const char *text = library()->error[0] ? library()->error
                       : running           ? "An exam is running, and so is its clock: Enter goes on with it."
                                           : stop->summary;
    draw_wrapped(area_rows(inside, inside.h - 2, 2), 0, 0, running || library()->error[0] ? S_WARN : S_DIM, str_or(text, ""));
}

static void draw_now(struct app *app, struct area area)
{
    bool old = app->model.link == LINK_DOWN;
    json_t *list = json_object_get(app->model.overview, "containers");
    char note[64];
    int used = snprintf(note, sizeof note, "%lld running", model_number(app, "engine.running"));
    if (!app->model.docker)
        snprintf(note + used, sizeof note - (size_t)used, ", %lld images", model_number(app, "engine.images"));
    struct area inside = draw_box(area, "Containers now", app->model.overview ? note : NULL, S_DIM);
    if (json_array_size(list) == 0) {
        put(inside, 0, 0, S_DIM,
            app->model.overview            ? "none; try"
            : app->model.link == LINK_DOWN ? "the engine does not answer"
                                           : "asking the engine");
        if (app->model.overview)
            put(inside, 0, 10, S_CODE, "slipway run -d --name web busybox sleep 1000");
        return;
    }
    size_t index;
    json_t *container;
    json_array_foreach(list, index, container)
    {
        int y = (int)index;
        if (y == inside.h - 1 && json_array_size(list) > (size_t)inside.h) {
            putf(inside, y, 2, S_DIM, "and %zu more: 4 shows all", json_array_size(list) - index);
            break;
        }
        const char *state = json_str(container, "state", "");
        put(inside, y, 0, old ? S_DIM : state_style(state), glyph(state_glyph(state)));
        put_fit(inside, y, 2, 20, old ? S_DIM : S_STRONG, json_str(container, "name", ""));
        put_fit(inside, y, 23, 16, S_DIM, json_str(container, "image", ""));
        put_fit(inside, y, 40, inside.w - 40 - 22, old ? S_DIM : S_TEXT, json_str(container, "status", state));
        long long used = json_num(container, "memory", 0), limit = json_num(container, "memory_limit", 0);
        char text[UNITS_TEXT];
        if (used > 0)
            put_right(inside, y, inside.w - 11, old ? S_DIM : S_TEXT, format_bytes(used, text));
        if (used > 0 && limit > 0)
            draw_gauge(inside, y, inside.w - 10, 10, (double)used / (double)limit,
                       old ? S_DIM : usage_style((double)used / (double)limit));
    }
}

static void draw_home(struct app *app, void *state, struct area area)
{
    struct home *home = state;
    struct stop stops[STOPS_MAX];
    size_t count = path_of(app, stops);
    int most = area.h * 11 / 20, upper = (int)count + 6 < 20 ? 20 : (int)count + 6, right = area.w >= 110 ? 42 : 31;
    upper = upper > most ? most : upper;
    draw_so_far(app, home, (struct area){area.y, area.x + area.w - right, upper, right}, stops, count);
    count = shown_path(app, home, stops);
    draw_path(home, (struct area){area.y, area.x, upper, area.w - right}, stops, count);
    draw_now(app, (struct area){area.y + upper, area.x, area.h - upper, area.w});
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
    bool mine = list_key(&home->list, key, (int)shown_path(app, home, stops));
    home->moved = home->moved || mine;
    return mine;
}

static void open_stop(struct app *app, void *state)
{
    struct home *home = state;
    struct stop stops[STOPS_MAX];
    size_t count = shown_path(app, home, stops);
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

static void got_attempts(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct home *home = owner;
    if (err)
        return;
    json_decref(home->attempts);
    home->attempts = json_incref(json_object_get(answer, "attempts"));
    app_dirty(app);
}

static void got_banks(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct home *home = owner;
    if (err)
        return;
    json_decref(home->banks);
    home->banks = json_incref(json_object_get(answer, "banks"));
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
    work_school(app->work, json_pack("{s:s}", "op", "exam.list"), got_attempts, home);
    work_school(app->work, json_pack("{s:s}", "op", "bank.list"), got_banks, home);
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
    json_decref(home->attempts);
    json_decref(home->banks);
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
     "next. On the right what you have reached so far; below, the containers of this machine as the engine tells of them each "
     "second. The bar is memory in use against the limit of the container's cgroup.",
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
    .draw = draw_home,
    .key = key_home,
    .filter = filter_of,
    .tick = tick_home,
    .interval = interval_home,
    .close = close_home,
};
