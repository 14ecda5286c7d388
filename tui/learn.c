/* The list of lessons, and what the selected one is about. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/reader.h"

struct learn {
    struct list list;
};

enum { L_STATE, L_TITLE, L_PAGES, L_MINUTES, L_DOMAIN };

static const struct column columns[] = {
    [L_STATE] = {"", 1, false, 0},         [L_TITLE] = {"LESSON", 0, false, 0},     [L_PAGES] = {"PAGES", 8, true, 0},
    [L_MINUTES] = {"MINUTES", 7, true, 0}, [L_DOMAIN] = {"DOMAIN", 20, false, 100},
};

static void draw_row(struct app *app, const struct table *table, struct area area, int y, const struct lesson *lesson, bool on)
{
    enum style row = table_row(area, y, on);
    bool done = model_done(app, "lesson", lesson->slug);
    int step = model_step(app, "lesson", lesson->slug);
    char text[48];
    table_cell(table, area, y, L_STATE,
               on     ? row
               : done ? S_OK
               : step ? S_WARN
                      : S_DIM,
               glyph(done   ? G_CHECK
                     : step ? G_PAUSE
                            : G_RING));
    table_cell(table, area, y, L_TITLE, on ? row : S_STRONG, lesson->title);
    if (step && !done)
        snprintf(text, sizeof text, "%d of %zu", step, lesson->pages.count);
    else
        snprintf(text, sizeof text, "%zu", lesson->pages.count);
    table_cell(table, area, y, L_PAGES, row, text);
    snprintf(text, sizeof text, "%d", lesson->minutes);
    table_cell(table, area, y, L_MINUTES, row, text);
    table_cell(table, area, y, L_DOMAIN, on ? row : S_DIM, str_or(lesson->domain, ""));
}

static void draw_about(struct area area, const struct lesson *lesson)
{
    struct area inside = draw_box(area, lesson->title, NULL, S_DIM);
    int y = draw_wrapped(inside, 0, 0, S_TEXT, str_or(lesson->summary, "")) + 1;
    if (lesson->objectives && y < inside.h)
        put(inside, y++, 0, S_TITLE, "Afterwards you can");
    for (char **objective = lesson->objectives; objective && *objective && y < inside.h; objective++) {
        put(inside, y, 0, S_ACCENT, glyph(G_BULLET));
        y += draw_wrapped(area_columns(area_rows(inside, y, inside.h), 2, inside.w), 0, 0, S_TEXT, *objective);
    }
}

static void draw_learn(struct app *app, void *state, struct area area)
{
    struct learn *learn = state;
    const struct library *shelf = library();
    int upper = (int)shelf->lesson_count + 3;
    upper = upper > area.h / 2 ? area.h / 2 : upper < 6 ? 6 : upper;
    struct area inside = draw_box(area_rows(area, 0, upper), "Lessons", NULL, S_DIM);
    if (shelf->lesson_count == 0) {
        put_fit(inside, 0, 0, inside.w, shelf->error[0] ? S_WARN : S_DIM,
                shelf->error[0] ? shelf->error
                : shelf->loaded ? "no lessons are installed"
                                : "reading the lessons");
        return;
    }
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    struct table table = table_begin(wide, columns, ARRAY_LEN(columns));
    struct area body = area_rows(wide, 1, wide.h);
    int top = list_fit(&learn->list, body, (int)shelf->lesson_count);
    for (int y = 0; y < body.h && top + y < (int)shelf->lesson_count; y++)
        draw_row(app, &table, body, y, &shelf->lessons[top + y], list_selected(&learn->list, top + y));
    draw_about(area_rows(area, upper, area.h), &shelf->lessons[learn->list.selected]);
}

static bool key_learn(struct app *app, void *state, keycode key)
{
    struct learn *learn = state;
    const struct library *shelf = library();
    if (key == K_ENTER && shelf->lesson_count) {
        reader_show(app, shelf->lessons[learn->list.selected].slug);
        return true;
    }
    return list_key(&learn->list, key, (int)shelf->lesson_count);
}

static const struct keyhelp keys[] = {
    {"Enter", "read", "open the lesson where you left it"},
    {"j k", "choose", "another lesson"},
    {NULL, NULL, NULL},
};

const struct screen screen_learn = {
    .name = "learn",
    .about = "Lessons to read with a terminal beside them: their commands are run from the page, and what they changed is shown.",
    .keys = keys,
    .size = sizeof(struct learn),
    .draw = draw_learn,
    .key = key_learn,
};
