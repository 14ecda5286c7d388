/* The result of an attempt: score, topics, and each question with its key, the learner's answer and an explanation for each option.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "quizzes/class_commands.h"
#include "tui/answer_told.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"
#include "tui/pageview.h"
#include "tui/read_on.h"

#include <string.h>

struct results {
    long long id;
    json_t *result, *items; /* items of all parts together */
    struct list list;
    int top, lines, rows;
    struct filter filter;
    bool wrong_only;
    char error[400];
};

static void ask(struct app *app, struct results *results, long long from);

static void got_result(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct results *results = owner;
    app_dirty(app);
    if (err) {
        copy_text(results->error, sizeof results->error, err->message);
        return;
    }
    results->error[0] = 0;
    if (!results->result) {
        results->result = json_incref(answer);
        results->items = json_array();
    }
    json_array_extend(results->items, json_object_get(answer, "items"));
    if (json_is_integer(json_object_get(answer, "next")))
        ask(app, results, json_num(answer, "next", 1));
}

static void ask(struct app *app, struct results *results, long long from)
{
    work_school(app->work,
                json_pack("{s:s,s:I,s:I}", "op", "exam.result", "attempt", (json_int_t)results->id, "from", (json_int_t)from),
                got_result, results);
}

static void open_results(struct app *app, void *state, const void *argument)
{
    struct results *results = state;
    results->id = json_num(argument, "attempt", 0);
    ask(app, results, 1);
}

/* Rows on show: all items, or those that were wrong. */
static int shown_items(const struct results *results, json_t **rows, int most)
{
    size_t index;
    int count = 0;
    json_t *item;
    json_array_foreach(results->items, index, item)
    {
        bool wanted = !results->wrong_only || !json_flag(item, "right", false);
        if (count < most && wanted && filter_match(&results->filter, json_str(item, "topic", ""), json_str(item, "stem", ""), NULL))
            rows[count++] = item;
    }
    return count;
}

/* Why there is no mark, and until when. */
static void draw_held(const json_t *result, struct area inside)
{
    char until[LOCAL_TIME], text[160];
    local_time_of(json_str(result, "withheld", NULL), until);
    snprintf(text, sizeof text, *until ? "Handed in. The mark is withheld until %s." : "The mark is withheld for now.", until);
    draw_wrapped(inside, 0, 0, S_WARN, json_str(result, "held", text));
}

/* All that there is before the results are out. */
static void draw_receipt(const json_t *result, struct area area)
{
    struct area inside = draw_box(area, "Receipt", NULL, S_DIM);
    int y = draw_wrapped(inside, 0, 0, S_CODE, json_str(result, "receipt", "")) + 1;
    draw_wrapped(inside, y, 0, S_DIM,
                 "Your answers are stored, and this is the hash of the log's line that says so. Keep it: with it your instructor "
                 "finds the line again, and sees that nothing before it was changed since.");
}

static void draw_score(const struct results *results, struct area area)
{
    const json_t *result = results->result;
    bool passed = json_flag(result, "passed", false);
    double percent = json_number_value(json_object_get(result, "percent")),
           pass = json_number_value(json_object_get(result, "pass"));
    struct area inside = draw_box(area, json_str(result, "title", "Result"), NULL, S_ACCENT);
    if (!json_object_get(result, "score")) {
        draw_held(result, inside);
        return;
    }
    int x = putf(inside, 0, 0, passed ? S_OK : S_BAD, "%s %s", glyph(passed ? G_CHECK : G_CROSS), passed ? "PASSED" : "NOT PASSED");
    putf(inside, 0, x + 3, S_STRONG, "%g of %g, %.0f%%", json_number_value(json_object_get(result, "score")),
         json_number_value(json_object_get(result, "max")), percent);
    draw_gauge(inside, 1, 0, inside.w, percent / 100, passed ? S_OK : S_BAD);
    int mark = (int)(pass / 100 * inside.w);
    char label[40];
    snprintf(label, sizeof label, "pass mark %.0f%%", pass);
    mark = mark > 0 ? mark - 1 : 0;
    put(inside, 2, mark, S_DIM, glyph(G_UP));
    bool fits = mark + 2 + text_width(label) <= inside.w;
    put(inside, 2, fits ? mark + 2 : mark - 1 - text_width(label), S_DIM, label);
    long long used = json_num(result, "used_seconds", 0), all = json_num(result, "seconds", 0);
    char ago[UNITS_TEXT];
    putf(inside, 3, 0, S_DIM, "%lld:%02lld of %lld:%02lld used", used / 60, used % 60, all / 60, all % 60);
    if (str_equal(json_str(result, "reason", ""), "expired"))
        put_right(inside, 3, inside.w, S_WARN, "time ran out");
    else if (format_ago(json_str(result, "ended", ""), ago)[0])
        put_right(inside, 3, inside.w, S_DIM, strcat(ago, " ago"));
}

static void draw_topics(const struct results *results, struct area area)
{
    struct area inside = draw_box(area, "By topic", NULL, S_DIM);
    json_t *topics = json_object_get(results->result, "topics"), *topic;
    size_t index;
    int names = inside.w >= 50 ? 24 : 15;
    json_array_foreach(topics, index, topic)
    {
        int y = (int)index;
        if (y == inside.h - 1 && json_array_size(topics) > (size_t)inside.h) {
            putf(inside, y, 0, S_DIM, "and %zu more", json_array_size(topics) - index);
            break;
        }
        long long right = json_num(topic, "right", 0), total = json_num(topic, "total", 1);
        double part = total ? (double)right / (double)total : 0;
        put_fit(inside, y, 0, names, S_TEXT, json_str(topic, "topic", ""));
        draw_gauge(inside, y, names + 1, inside.w - names - 10, part, part >= 0.99 ? S_OK : part >= 0.5 ? S_WARN : S_BAD);
        char text[32];
        snprintf(text, sizeof text, "%lld of %lld", right, total);
        put_right(inside, y, inside.w, S_TEXT, text);
    }
}

static bool holds(const json_t *list, const char *id)
{
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (str_equal(json_string_value(entry), id))
            return true;
    }
    return false;
}

/* What the learner did with this option and what was right, in words and signs. */
static const char *verdict(bool chosen, bool key, enum style *style, enum glyph *sign)
{
    *style = key ? (chosen ? S_OK : S_WARN) : chosen ? S_BAD : S_DIM;
    *sign = key ? G_CHECK : chosen ? G_CROSS : G_RING;
    return key      ? (chosen ? "right, and you chose it" : "right, but you did not choose it")
           : chosen ? "wrong, but you chose it"
                    : "wrong";
}

static const char *said_words(const json_t *option)
{
    const json_t *said = json_object_get(option, "said");
    return !said ? "not shown" : json_is_true(said) ? "you said yes" : "you said no";
}

static int draw_item(const json_t *item, struct area area, int y)
{
    int from = y;
    bool typed = answer_apart(item), domc = json_flag(item, "domc", false), told = json_object_get(item, "key") != NULL;
    y += draw_markdown(area, y, 0, S_TEXT, json_str(item, "stem", "")) + 1;
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), index, option)
    {
        const char *id = json_str(option, "id", "");
        bool chosen = !typed && holds(json_object_get(item, "answer"), id), key = !typed && holds(json_object_get(item, "key"), id);
        enum style style;
        enum glyph sign;
        const char *words = verdict(chosen, key, &style, &sign);
        put(area, y, 0, style, glyph(sign));
        put(area, y, 2, S_KEY, id);
        y += draw_markdown(area, y, 5, key || chosen ? S_STRONG : S_TEXT, json_str(option, "text", ""));
        if (domc)
            putf(area, y++, 5, style, "%s%s", told ? (key ? "right: " : "wrong: ") : "", said_words(option));
        else if (told && !typed)
            put(area, y++, 5, style, words);
        const char *why = json_str(json_object_get(item, "explanations"), id, "");
        if (*why)
            y += draw_markdown(area, y, 5, S_DIM, why);
        y++;
    }
    if (typed)
        y += answer_told_draw(item, area, y);
    y += read_on_draw(item, area, y);
    return y - from;
}

/* In a word: what became of the item. */
static const char *outcome(const json_t *item, enum style *style, enum glyph *sign)
{
    bool right = json_flag(item, "right", false), partly = json_number_value(json_object_get(item, "points")) > 0;
    *style = right ? S_OK : partly ? S_WARN : S_BAD;
    *sign = right ? G_CHECK : partly ? G_RING : G_CROSS;
    if (json_flag(item, "pending", false) || !json_object_get(item, "right")) {
        *style = S_DIM;
        *sign = G_RING;
        return json_flag(item, "pending", false) ? "to be graded" : "answered";
    }
    return right ? "right" : partly ? "partly right" : "wrong";
}

static void draw_questions(struct results *results, struct area area)
{
    json_t *rows[512];
    int count = shown_items(results, rows, ARRAY_LEN(rows));
    int left = area.w >= 110 ? 34 : 24;
    struct area box = draw_box(area_columns(area, 0, left), results->wrong_only ? "Wrong ones" : "Questions", NULL, S_ACCENT);
    box = filter_draw(&results->filter, box);
    struct area wide = {box.y, box.x - 1, box.h, box.w + 2};
    int top = list_fit(&results->list, wide, count);
    for (int y = 0; y < wide.h && top + y < count; y++) {
        enum style style;
        enum glyph sign;
        outcome(rows[top + y], &style, &sign);
        enum style row = table_row(wide, y, list_selected(&results->list, top + y));
        bool on = row == S_SELECT;
        putf(wide, y, 2, row, "%2lld", json_num(rows[top + y], "slot", top + y + 1));
        put(wide, y, 5, on ? row : style, glyph(sign));
        put_fit(wide, y, 7, wide.w - 9, on ? row : S_TEXT, json_str(rows[top + y], "topic", ""));
    }
    struct area detail = area_columns(area, left, area.w);
    if (count == 0) {
        put(draw_box(detail, NULL, NULL, S_DIM), 0, 0, S_OK, filter_on(&results->filter) ? "nothing matches" : "none was wrong");
        return;
    }
    const json_t *item = rows[results->list.selected];
    char title[64];
    enum style style;
    enum glyph sign;
    const char *words = outcome(item, &style, &sign);
    snprintf(title, sizeof title, "Question %lld: %s", json_num(item, "slot", results->list.selected + 1), words);
    struct area inside = draw_box(detail, title, "J K scroll", style);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    results->rows = inside.h;
    results->lines = draw_item(item, nothing, 0);
    int last = scroll_fit(&results->top, inside, results->lines);
    draw_item(item, text, -results->top);
    scroll_marks(inside, results->top, last);
}

static void draw_results(struct app *app, void *state, struct area area)
{
    struct results *results = state;
    (void)app;
    if (!results->result) {
        struct area inside = draw_box(area, "Result", NULL, S_DIM);
        draw_wrapped(inside, 0, 0, results->error[0] ? S_WARN : S_DIM,
                     results->error[0] ? results->error : "asking for the result");
        return;
    }
    int upper = area.h >= 30 ? 9 : 6, left = area.w * 9 / 20;
    struct area top = area_rows(area, 0, upper);
    draw_score(results, area_columns(top, 0, left));
    draw_topics(results, area_columns(top, left, area.w));
    if (json_array_size(results->items) == 0)
        draw_receipt(results->result, area_rows(area, upper, area.h));
    else
        draw_questions(results, area_rows(area, upper, area.h));
}

static void text_down(struct app *app, void *state)
{
    struct results *results = state;
    (void)app;
    results->top += results->rows / 2 + 1;
}

static void text_up(struct app *app, void *state)
{
    struct results *results = state;
    (void)app;
    results->top -= results->top < results->rows / 2 + 1 ? results->top : results->rows / 2 + 1;
}

static void only_wrong(struct app *app, void *state)
{
    struct results *results = state;
    (void)app;
    results->wrong_only = !results->wrong_only;
    results->list = (struct list){0};
    results->top = 0;
}

static const json_t *selected_item(const struct results *results)
{
    json_t *rows[512];
    int count = shown_items(results, rows, ARRAY_LEN(rows));
    return results->list.selected < count ? rows[results->list.selected] : NULL;
}

static bool has_lesson(struct app *app, void *state)
{
    (void)app;
    return read_on_lesson(selected_item(state)) != NULL;
}

static void open_lesson(struct app *app, void *state) { read_on(app, selected_item(state)); }

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct results *)state)->filter;
}

static bool key_results(struct app *app, void *state, keycode key)
{
    struct results *results = state;
    json_t *rows[512];
    (void)app;
    if (!list_key(&results->list, key, shown_items(results, rows, ARRAY_LEN(rows))))
        return false;
    results->top = 0;
    return true;
}

static void close_results(struct app *app, void *state)
{
    struct results *results = state;
    (void)app;
    json_decref(results->result);
    json_decref(results->items);
}

static const struct action actions[] = {
    {"move.down", NULL, "question", "the next question, the one before", NULL, NULL},
    {"move.up", NULL, "question", "the next question, the one before", NULL, NULL},
    {"results.down", "J Space PgDn", "scroll", "scroll the explanation", text_down, NULL},
    {"results.up", "K PgUp", "scroll", "scroll the explanation", text_up, NULL},
    {"results.lesson", "L", "lesson", "open the lesson that the question is about", open_lesson, has_lesson},
    {"results.wrong", "w", "wrong only", "only the questions that were wrong, or all", only_wrong, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "How an attempt went: the score against the pass mark, the score of each topic, and for each question what you chose, what "
     "was right, and why each option is right or wrong.",
     "man 1 slipway", NULL},
};

const struct screen screen_results = {
    .name = "results",
    .title = "Result",
    .about = "Your answer, the key, and why each option is right or wrong. Results are kept; the exam screen lists them.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct results),
    .open = open_results,
    .draw = draw_results,
    .key = key_results,
    .filter = filter_of,
    .close = close_results,
};
