/* The list of labs, and what the selected one is about. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/pageview.h"
#include "tui/reader.h"

struct labs {
    struct list list;
};

enum { L_STATE, L_TITLE, L_STEPS, L_MINUTES, L_DOMAIN };

static const struct column columns[] = {
    [L_STATE] = {"", 1, false, 0},         [L_TITLE] = {"LAB", 0, false, 0},        [L_STEPS] = {"STEPS", 8, true, 0},
    [L_MINUTES] = {"MINUTES", 7, true, 0}, [L_DOMAIN] = {"DOMAIN", 20, false, 100},
};

static void draw_row(struct app *app, const struct table *table, struct area area, int y, const struct lab *lab, bool on)
{
    enum style row = table_row(area, y, on);
    bool done = model_done(app, "lab", lab->slug);
    int step = model_step(app, "lab", lab->slug);
    char text[48];
    table_cell(table, area, y, L_STATE,
               on     ? row
               : done ? S_OK
               : step ? S_WARN
                      : S_DIM,
               glyph(done   ? G_CHECK
                     : step ? G_PAUSE
                            : G_RING));
    table_cell(table, area, y, L_TITLE, on ? row : S_STRONG, lab->title);
    if (step && !done)
        snprintf(text, sizeof text, "%d of %zu", step, lab->step_count);
    else
        snprintf(text, sizeof text, "%zu", lab->step_count);
    table_cell(table, area, y, L_STEPS, row, text);
    snprintf(text, sizeof text, "%d", lab->minutes);
    table_cell(table, area, y, L_MINUTES, row, text);
    table_cell(table, area, y, L_DOMAIN, on ? row : S_DIM, str_or(lab->domain, ""));
}

static void draw_about(struct area area, const struct lab *lab)
{
    struct area inside = draw_box(area, lab->title, NULL, S_DIM);
    int y = draw_wrapped(inside, 0, 0, S_TEXT, str_or(lab->summary, "")) + 1;
    struct area left = inside.w >= 100 ? area_columns(inside, 0, inside.w / 2 - 2) : inside;
    int top = y;
    put(left, y++, 0, S_TITLE, "Steps");
    for (size_t i = 0; i < lab->step_count && y < inside.h; i++)
        putf(left, y++, 0, S_TEXT, "%zu  %s", i + 1, lab->steps[i].title);
    struct area right = inside.w >= 100 ? area_columns(inside, inside.w / 2, inside.w) : inside;
    y = inside.w >= 100 ? top : y + 1;
    if (lab->objectives && y < inside.h)
        put(right, y++, 0, S_TITLE, "You learn to");
    for (char **objective = lab->objectives; objective && *objective && y < inside.h; objective++) {
        put(right, y, 0, S_ACCENT, glyph(G_BULLET));
        y += draw_wrapped(area_columns(area_rows(right, y, right.h), 2, right.w), 0, 0, S_TEXT, *objective);
    }
    put(inside, inside.h - 1, 0, S_DIM, "Enter makes a sandbox of your own. Leaving removes it; done steps are kept.");
}

static void draw_labs(struct app *app, void *state, struct area area)
{
    struct labs *labs = state;
    const struct library *shelf = library();
    int upper = (int)shelf->lab_count + 3;
    upper = upper > area.h / 2 ? area.h / 2 : upper < 6 ? 6 : upper;
    struct area inside = draw_box(area_rows(area, 0, upper), "Labs", NULL, S_DIM);
    if (shelf->lab_count == 0) {
        const char *text = shelf->error[0] ? shelf->error : shelf->loaded ? "no labs are installed" : "reading the labs";
        put_fit(inside, 0, 0, inside.w, shelf->error[0] ? S_WARN : S_DIM, text);
        return;
    }
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    struct table table = table_begin(wide, columns, ARRAY_LEN(columns));
    struct area body = area_rows(wide, 1, wide.h);
    int top = list_fit(&labs->list, body, (int)shelf->lab_count);
    for (int y = 0; y < body.h && top + y < (int)shelf->lab_count; y++)
        draw_row(app, &table, body, y, &shelf->labs[top + y], list_selected(&labs->list, top + y));
    draw_about(area_rows(area, upper, area.h), &shelf->labs[labs->list.selected]);
}

static bool key_labs(struct app *app, void *state, keycode key)
{
    struct labs *labs = state;
    const struct library *shelf = library();
    if (key == K_ENTER && shelf->lab_count) {
        lab_show(app, shelf->labs[labs->list.selected].slug);
        return true;
    }
    return list_key(&labs->list, key, (int)shelf->lab_count);
}

static const struct keyhelp keys[] = {
    {"Enter", "start", "make the sandbox and begin"},
    {"j k", "choose", "another lab"},
    {NULL, NULL, NULL},
};

const struct screen screen_labs = {
    .name = "labs",
    .about = "Each lab runs in a throw-away machine in which you are root and from which nothing reaches this one.",
    .keys = keys,
    .size = sizeof(struct labs),
    .draw = draw_labs,
    .key = key_labs,
};
