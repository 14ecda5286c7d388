/* The boxes of the home screen, and where they lie. */
#include "tui/home_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/course.h"
#include "tui/exam_choices.h"
#include "tui/format.h"
#include "tui/library.h"

enum { BEGUN_ROWS = 3, WIDE_NOW = 60, ROWS_FOR_THREE = 32 };

static void draw_gauge_row(struct area area, int y, const char *name, int done, int total)
{
    put(area, y, 0, S_DIM, name);
    int width = area.w - 9 - 8;
    draw_gauge(area, y, 9, width, total ? (double)done / total : 0, S_OK);
    char text[32];
    snprintf(text, sizeof text, "%d of %d", done, total);
    put_right(area, y, area.w, S_TEXT, text);
}

static int draw_exams(struct app *app, struct area inside)
{
    const json_t *last = json_at(app->model.progress, "exams.last");
    long long attempts = json_num(app->model.progress, "exams.attempts", 0);
    if (attempts == 0) {
        put(inside, 3, 0, S_DIM, "Exams    none taken yet");
        return 4;
    }
    double best = json_number_value(json_at(app->model.progress, "exams.best"));
    double percent = json_number_value(json_object_get(last, "percent"));
    const struct attempt_look *look = &attempt_looks[attempt_state(last)];
    putf(inside, 3, 0, S_DIM, "Exams    %lld taken", attempts);
    put(inside, 4, 0, S_DIM, "best");
    draw_gauge(inside, 4, 9, inside.w - 17, best / 100, S_ACCENT);
    char text[48];
    snprintf(text, sizeof text, "%.0f%%", best);
    put_right(inside, 4, inside.w, S_TEXT, text);
    put(inside, 5, 0, S_DIM, "last");
    char share[16] = "";
    if (attempt_state(last) != ATTEMPT_WITHHELD)
        snprintf(share, sizeof share, "%.0f%% ", percent);
    int x = 9 + putf(inside, 5, 9, look->style, "%s %s%s", glyph(look->sign), share, look->words);
    const char *at = json_str(last, "ended", "");
    if (format_ago(at, text)[0])
        putf(inside, 5, x + 2, S_DIM, "%s ago", text);
    return 6;
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

/* Days in a row, what waits to be gone on with, and what was not known the last time. */
static void draw_begun(struct app *app, const struct home *home, struct area area, int y)
{
    int count, streak = course_streak(home->standing, time(NULL));
    long long wrong = json_num(home->standing, "wrong", 0), due = json_num(home->standing, "due", 0);
    json_t *begun = course_begun(app->model.progress, &count);
    put(area, y, 0, S_DIM, "Streak");
    putf(area, y++, 9, streak ? S_OK : S_DIM, streak ? "%d day%s in a row" : "none yet", streak, streak == 1 ? "" : "s");
    put(area, y, 0, S_DIM, "Begun");
    if (begun && count > 1)
        putf(area_columns(area, 9, area.w), y++, 0, S_WARN, "%d, first %s", count, begun_title(begun));
    else if (begun)
        putf(area_columns(area, 9, area.w), y++, 0, S_WARN, "%s, %lld of %lld", begun_title(begun), json_num(begun, "step", 0),
             json_num(begun, "steps", 0));
    else
        put(area, y++, 9, S_DIM, "nothing half done");
    put(area, y, 0, S_DIM, "Review");
    if (due)
        putf(area_columns(area, 9, area.w), y, 0, S_WARN, "%lld due, %lld wrong", due, wrong);
    else if (wrong)
        putf(area_columns(area, 9, area.w), y, 0, S_WARN, "%lld answered wrong last", wrong);
    else
        put(area, y, 9, S_DIM, "nothing due");
}

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
    int y = draw_exams(app, inside);
    draw_begun(app, home, inside, y + (inside.h - y > BEGUN_ROWS));
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
    bool running = stop->kind == STATION_EXAM && home_exam_runs(home);
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
        if (app->model.overview && inside.w < WIDE_NOW)
            draw_wrapped(area_rows(inside, 1, inside.h), 0, 0, S_CODE, "slipway run -d --name web busybox sleep 1000");
        else if (app->model.overview)
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
        if (inside.w < WIDE_NOW) {
            put_fit(inside, y, 2, 12, old ? S_DIM : S_STRONG, json_str(container, "name", ""));
            put_fit(inside, y, 15, inside.w - 15, old ? S_DIM : S_TEXT, json_str(container, "status", state));
            continue;
        }
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

/* Where there are rows enough the containers have a band of their own; otherwise they stand beside the domains. */
void home_draw(struct app *app, void *state, struct area area)
{
    struct home *home = state;
    struct stop stops[STOPS_MAX];
    size_t count = home_path(app, stops);
    int most = area.h * 11 / 20, upper = (int)count + 6 < 20 ? 20 : (int)count + 6, right = area.w >= 110 ? 42 : 31,
        left = area.w - right;
    int domains = home_domain_rows(app, home) + 3;
    bool three = area.h >= ROWS_FOR_THREE;
    upper = upper > most ? most : upper;
    if (three && upper > area.h - domains - 6)
        upper = area.h - domains - 6 > 12 ? area.h - domains - 6 : 12;
    draw_so_far(app, home, (struct area){area.y, area.x + left, upper, right}, stops, count);
    count = home_shown(app, home, stops);
    draw_path(home, (struct area){area.y, area.x, upper, left}, stops, count);
    struct area lower = area_rows(area, upper, area.h), beside = area_columns(lower, left, lower.w);
    if (!three) {
        home_draw_domains(app, home, area_columns(lower, 0, left));
        draw_now(app, beside);
        return;
    }
    home_draw_domains(app, home, area_rows(area_columns(lower, 0, left), 0, domains));
    home_draw_weakest(home, area_rows(beside, 0, domains));
    draw_now(app, area_rows(lower, domains, lower.h));
}
