/* What the attempts at a bank say about its questions: a table of figures, and one question with its options and what is odd about
 * it. All figures come from the school; nothing is computed here. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_figures.h"
#include "tui/class_room.h"
#include "tui/format.h"
#include "tui/mastery.h"
#include "tui/pageview.h"

#include <string.h>

struct figures {
    struct class_room room;
    char bank[80];
    json_t *test, *rows;
    bool every;            /* attempts; else the first of each */
    bool asking, complete; /* complete: the last page has come */
    bool open;
    int top, lines, height;
};

enum { F_ID, F_SEEN, F_FACILITY, F_DISCRIMINATION, F_EFFICIENCY, F_INTENDED, F_EFFECTIVE, F_GUESS, F_ODD };
static const struct browse_column columns[] = {
    [F_ID] = {{"QUESTION", 0, false, 0}, "id", NULL, false},
    [F_SEEN] = {{"SEEN", 5, true, 0}, "count", NULL, true},
    [F_FACILITY] = {{"RIGHT", 6, true, 0}, "facility", NULL, false},
    [F_DISCRIMINATION] = {{"DISCR.", 7, true, 0}, "discrimination", NULL, false},
    [F_EFFICIENCY] = {{"EFFIC.", 7, true, 0}, "efficiency", NULL, false},
    [F_INTENDED] = {{"MEANT", 6, true, 100}, "intended", NULL, false},
    [F_EFFECTIVE] = {{"WEIGHT", 7, true, 100}, "effective", NULL, false},
    [F_GUESS] = {{"GUESS", 6, true, 100}, "guess", NULL, false},
    [F_ODD] = {{"ODD", 4, true, 0}, "odd", NULL, true},
};

static void ask(struct app *app, struct figures *figures, json_int_t from);

static void got_figures(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct figures *figures = owner;
    size_t index;
    json_t *item;
    figures->asking = false;
    if (!class_got(app, &figures->room, err))
        return;
    json_array_foreach(json_object_get(answer, "items"), index, item)
    {
        json_object_set_new(item, "odd", json_integer((json_int_t)json_array_size(json_object_get(item, "warnings"))));
        json_array_append(figures->rows, item);
    }
    json_int_t next = json_num(answer, "next", 0);
    if (next) {
        ask(app, figures, next);
        return;
    }
    figures->complete = true;
    json_decref(figures->test);
    figures->test = json_incref(json_object_get(answer, "test"));
    browse_take(&figures->room.browse, figures->rows);
}

static void ask(struct app *app, struct figures *figures, json_int_t from)
{
    if (!from) {
        json_decref(figures->rows);
        figures->rows = json_array();
    }
    figures->asking = true;
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:I}", "op", "exam.statistics", "bank", figures->bank, "attempts",
                          figures->every ? "all" : "first", "from", from),
                got_figures, figures);
}

static void begin(struct app *app, struct figures *figures)
{
    figures->complete = false;
    app_ran(app, "slipway exam statistics%s %s", figures->every ? " --all" : "", figures->bank);
    ask(app, figures, 0);
}

static void open_figures(struct app *app, void *state, const void *argument)
{
    struct figures *figures = state;
    copy_text(figures->bank, sizeof figures->bank, json_str(argument, "bank", ""));
    class_open(app, &figures->room, columns, ARRAY_LEN(columns));
    begin(app, figures);
}

/* --- drawing --- */

/* A share or a percentage as "41.2"; "-" for what cannot be computed. */
static void figure(const json_t *row, const char *key, double by, char out[24])
{
    const json_t *value = json_object_get(row, key);
    snprintf(out, 24, "%.1f", json_number_value(value) * by);
    if (!json_is_number(value))
        snprintf(out, 24, "-");
}

static void draw_cells(void *data, const struct table *table, struct area area, int y, const json_t *row, bool on)
{
    (void)data;
    bool odd = json_num(row, "odd", 0) > 0;
    for (int i = 0; i < (int)ARRAY_LEN(columns); i++) {
        char text[24];
        bool whole = i == F_SEEN || i == F_ODD, share = i == F_FACILITY || i == F_GUESS;
        figure(row, columns[i].key, share ? 100 : 1, text);
        if (whole)
            snprintf(text, sizeof text, "%lld", json_num(row, columns[i].key, 0));
        if (i == F_ODD && !odd)
            text[0] = 0;
        table_cell(table, area, y, i,
                   on           ? S_SELECT
                   : i == F_ODD ? S_WARN
                   : i == F_ID  ? S_STRONG
                                : S_TEXT,
                   i == F_ID ? json_str(row, "id", "") : text);
    }
}

static int draw_options(const json_t *row, struct area area, int y)
{
    int from = y;
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(row, "options"), index, option)
    {
        char mean[24];
        bool key = json_flag(option, "key", false);
        figure(option, "mean", 100, mean);
        put(area, y, 0, key ? S_OK : S_DIM, key ? glyph(G_CHECK) : "");
        put(area, y, 2, S_KEY, json_str(option, "id", ""));
        y += draw_markdown(area, y, 4, key ? S_STRONG : S_TEXT, json_str(option, "text", ""));
        putf(area, y++, 4, S_DIM, "%lld chose it; their mean in the whole test: %s %%", json_num(option, "count", 0), mean);
    }
    return y - from;
}

static int draw_one(const json_t *row, struct area area, int y)
{
    static const struct {
        const char *name, *key;
        double by;
    } lines[] = {{"Facility (mean mark)", "facility", 100},     {"Standard deviation", "deviation", 100},
                 {"Random guess score", "guess", 100},          {"Intended weight", "intended", 1},
                 {"Effective weight", "effective", 1},          {"Discrimination index", "discrimination", 1},
                 {"Discriminative efficiency", "efficiency", 1}};
    int from = y;
    size_t index;
    json_t *warning;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char text[24];
        figure(row, lines[i].key, lines[i].by, text);
        put(area, y, 0, S_DIM, lines[i].name);
        putf(area, y++, 28, S_TEXT, "%8s %%", text);
    }
    y++;
    json_array_foreach(json_object_get(row, "warnings"), index, warning)
    {
        put(area, y, 0, S_WARN, glyph(G_CROSS));
        y += draw_wrapped(area_columns(area, 2, area.w), y, 0, S_WARN, json_string_value(warning));
    }
    y++;
    y += draw_options(row, area, y);
    return y - from;
}

static void draw_open(struct figures *figures, const json_t *row, struct area area)
{
    char note[40];
    snprintf(note, sizeof note, "%lld attempts", json_num(row, "count", 0));
    struct area inside = draw_box(area, json_str(row, "id", ""), note, S_ACCENT);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    figures->height = inside.h;
    figures->lines = draw_one(row, nothing, 0);
    int last = scroll_fit(&figures->top, inside, figures->lines);
    draw_one(row, text, -figures->top);
    scroll_marks(inside, figures->top, last);
}

static void draw_test(const json_t *test, struct area area)
{
    char mean[24], deviation[24], consistency[24], error[24];
    figure(test, "mean", 1, mean);
    figure(test, "deviation", 1, deviation);
    figure(test, "consistency", 1, consistency);
    figure(test, "standard_error", 1, error);
    putf(area, 0, 0, S_TEXT, "%lld attempts, mean %s, SD %s, consistency %s %%, standard error %s", json_num(test, "attempts", 0),
         mean, deviation, consistency, error);
}

static void draw_table(struct figures *figures, struct area area)
{
    struct browse *browse = &figures->room.browse;
    browse->draw = draw_cells;
    const char *note = figures->test && figures->asking ? "asking the school"
                       : figures->every                 ? "percent; all attempts"
                                                        : "percent; first attempts";
    struct area inside = draw_box(area, "Statistics", note, S_ACCENT);
    if (figures->room.error[0]) {
        draw_wrapped(inside, 0, 0, S_WARN, figures->room.error);
        return;
    }
    if (!figures->test) {
        put(inside, 0, 0, S_DIM, "asking the school");
        return;
    }
    draw_test(figures->test, inside);
    browse_draw(browse, filter_draw(&browse->filter, area_rows(inside, 2, inside.h)));
}

static void draw_figures(struct app *app, void *state, struct area area)
{
    struct figures *figures = state;
    json_t *row = browse_selected(&figures->room.browse);
    (void)app;
    if (figures->open && row)
        draw_open(figures, row, area);
    else
        draw_table(figures, area);
    class_over(&figures->room, area);
}

/* --- keys --- */

static bool is_open(struct app *app, void *state)
{
    (void)app;
    return ((struct figures *)state)->open;
}

static bool is_table(struct app *app, void *state) { return !is_open(app, state); }

static void open_row(struct app *app, void *state)
{
    struct figures *figures = state;
    figures->top = 0;
    figures->open = browse_selected(&figures->room.browse) != NULL;
    app_dirty(app);
}

static void close_row(struct app *app, void *state)
{
    ((struct figures *)state)->open = false;
    app_dirty(app);
}

static void swap_attempts(struct app *app, void *state)
{
    struct figures *figures = state;
    figures->every = !figures->every;
    begin(app, figures);
}

static void show_mastery(struct app *app, void *state) { mastery_show(app, ((struct figures *)state)->bank, ""); }

static bool is_there(struct app *app, void *state)
{
    const struct figures *figures = state;
    return is_table(app, state) && !figures->asking;
}

static bool has_figures(struct app *app, void *state) { return is_table(app, state) && ((struct figures *)state)->complete; }

static void write_csv(struct app *app, void *state, FILE *out)
{
    const struct figures *figures = state;
    figures_csv(out, figures->rows);
    app_ran(app, "slipway exam statistics --csv%s %s >%s", figures->every ? " --all" : "", figures->bank,
            form_text(&figures->room.form, 0));
}

static void to_file(struct app *app, void *state)
{
    (void)app;
    class_save(state, "Write the statistics as CSV", "A row a question: its figures, and what is odd about it in words.",
               "statistics.csv", write_csv);
}

static struct filter *filter_of(struct app *app, void *state) { return is_open(app, state) ? NULL : class_filter(app, state); }

static bool key_figures(struct app *app, void *state, keycode key)
{
    struct figures *figures = state;
    return figures->open ? scroll_key(&figures->top, key, figures->lines, figures->height) : class_key(app, state, key);
}

static void close_figures(struct app *app, void *state)
{
    struct figures *figures = state;
    (void)app;
    class_close(&figures->room);
    json_decref(figures->test);
    json_decref(figures->rows);
}

static const char *where_figures(struct app *app, void *state)
{
    (void)app;
    return ((struct figures *)state)->bank;
}

static const struct action actions[] = {
    {"figures.open", "Enter", "open", "the question with its options, and what is odd about it", open_row, is_table},
    {"figures.mastery", "m", "mastery", "how far its objectives are mastered, by the class and by each", show_mastery, is_table},
    {"figures.every", "a", "attempts", "count every attempt, or only the first of each: later ones know the questions",
     swap_attempts, is_there},
    {"figures.csv", "e", "CSV", "write all of it to a file as CSV", to_file, has_figures},
    {"figures.sort", "o", "order", "order by the next column; O turns it round", class_sort, is_table},
    {"figures.reverse", "O", NULL, "order by the next column; O turns it round", class_reverse, is_table},
    {"figures.close", "Esc q Enter", NULL, "back to the table", close_row, is_open},
    {"move.down", NULL, NULL, "another question", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "RIGHT is the mean mark of a question; DISCR. says how its marks go with the other marks of the same people, EFFIC. how much "
     "of what was possible that is. MEANT and WEIGHT: the share of the result that it should decide about, and does. ODD counts "
     "what is worth a look: Enter tells it in words.",
     "man 1 slipway-exam-statistics", NULL},
};

const struct screen screen_figures = {
    .name = "figures",
    .title = "Statistics",
    .about =
        "What the attempts say about the questions of a bank, as Moodle documents such statistics. In a class for instructors.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct figures),
    .open = open_figures,
    .draw = draw_figures,
    .key = key_figures,
    .typing = class_typing,
    .filter = filter_of,
    .close = close_figures,
    .where = where_figures,
};
