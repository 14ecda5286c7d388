/* Recall: what is right is never here before the answer is given; it comes with the verdict. */
#include "tui/lesson_recall.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/recall.h"
#include "quizzes/class_client.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"
#include "tui/pageview.h"

#include <stdlib.h>
#include <string.h>

struct drawing {
    char *text; /* NULL for what is due */
    json_t *items;
};

static void draw_due(struct drawing *drawing, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s}", "op", "learn.due"), *reply = NULL;
    if (class_import_shipped(err) == 0 && class_call(request, &reply, err) == 0)
        json_array_extend(drawing->items, json_object_get(reply, "items"));
}

static void draw_questions(void *data, struct error *err)
{
    struct drawing *drawing = data;
    if (drawing->text)
        recall_draw(drawing->text, drawing->items, err);
    else
        draw_due(drawing, err);
}

static void questions_drawn(struct app *app, void *owner, void *data, const struct error *err)
{
    struct lesson_recall *recall = owner;
    struct drawing *drawing = data;
    if (recall) {
        recall->asking = false;
        if (err && err->code)
            copy_text(recall->error, sizeof recall->error, err->message);
        else if (json_array_size(drawing->items) == 0)
            copy_text(recall->error, sizeof recall->error,
                      recall->due ? "Nothing is due, and no question is new to you." : "the banks have none of these questions");
        else
            recall->items = json_incref(drawing->items);
        app_dirty(app);
    }
    json_decref(drawing->items);
    free(drawing->text);
    free(drawing);
}

static void begin(struct app *app, struct lesson_recall *recall, const char *about, char *text)
{
    lesson_recall_close(app, recall);
    recall->open = recall->asking = true;
    copy_text(recall->lesson, sizeof recall->lesson, about);
    struct drawing *drawing = xcalloc(1, sizeof *drawing);
    *drawing = (struct drawing){text, json_array()};
    work_run(app->work, LANE_SCHOOL, draw_questions, questions_drawn, drawing, recall);
}

void lesson_recall_open(struct app *app, struct lesson_recall *recall, const char *lesson, const char *text)
{
    begin(app, recall, lesson, xstrdup(text));
}

void lesson_recall_due(struct app *app, struct lesson_recall *recall)
{
    begin(app, recall, "learn", NULL);
    recall->due = true;
}

void lesson_recall_close(struct app *app, struct lesson_recall *recall)
{
    work_forget(app->work, recall);
    json_decref(recall->items);
    json_decref(recall->verdict);
    *recall = (struct lesson_recall){0};
}

static const json_t *item_of(const struct lesson_recall *recall) { return json_array_get(recall->items, recall->at); }

static bool is_multiple(const json_t *item) { return str_equal(json_str(item, "type", ""), "multiple"); }

bool lesson_recall_waits(const struct lesson_recall *recall)
{
    return recall->open && item_of(recall) && !recall->verdict && !recall->judging;
}

static void got_verdict(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct lesson_recall *recall = owner;
    recall->judging = false;
    copy_text(recall->error, sizeof recall->error, err ? err->message : "");
    app_dirty(app);
    if (err || !answer)
        return;
    recall->verdict = json_incref(answer);
    recall->answered++;
    recall->right += json_flag(answer, "right", false);
    recall->top = 0;
}

static void hand_in(struct app *app, struct lesson_recall *recall)
{
    const json_t *item = item_of(recall), *options = json_object_get(item, "options");
    json_t *letters = json_array();
    for (size_t i = 0; i < json_array_size(options); i++)
        if (recall->chosen >> i & 1)
            json_array_append_new(letters, json_string(json_str(json_array_get(options, i), "id", "")));
    recall->judging = true;
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:o,s:s}", "op", "practice.answer", "bank", json_str(item, "bank", ""), "id",
                          json_str(item, "id", ""), "answer", letters, "about", recall->lesson),
                got_verdict, recall);
}

void lesson_recall_choose(struct app *app, struct lesson_recall *recall, int index)
{
    if (!lesson_recall_waits(recall) || index >= (int)json_array_size(json_object_get(item_of(recall), "options")))
        return;
    if (is_multiple(item_of(recall))) {
        recall->chosen ^= 1u << index;
        return;
    }
    recall->chosen = 1u << index;
    hand_in(app, recall);
}

bool lesson_recall_go_on(struct app *app, struct lesson_recall *recall)
{
    if (lesson_recall_waits(recall)) {
        if (recall->chosen)
            hand_in(app, recall);
        else
            app_note(app, S_DIM, "choose an option by its letter first");
        return true;
    }
    if (!item_of(recall))
        return recall->asking;
    if (recall->judging)
        return true;
    json_decref(recall->verdict);
    recall->verdict = NULL;
    recall->chosen = 0;
    recall->top = 0;
    recall->at++;
    return true;
}

/* --- drawing --- */

static bool has_letter(const json_t *list, const char *letter)
{
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (str_equal(json_string_value(entry), letter))
            return true;
    }
    return false;
}

static int draw_option(const struct lesson_recall *recall, const json_t *option, int index, struct area area, int y)
{
    const char *id = json_str(option, "id", "");
    const json_t *verdict = recall->verdict;
    bool chosen = recall->chosen >> index & 1, key = has_letter(json_object_get(verdict, "key"), id);
    enum style style = !verdict ? (chosen ? S_STRONG : S_TEXT) : key ? S_OK : chosen ? S_BAD : S_DIM;
    char letter[4] = {(char)('a' + index), 0};
    int from = y;
    if (verdict && (key || chosen))
        put(area, y, 0, style, glyph(key ? G_CHECK : G_CROSS));
    else if (chosen)
        put(area, y, 0, S_ACCENT, glyph(G_DOT));
    put(area, y, 2, verdict ? style : S_KEY, letter);
    y += draw_markdown(area, y, 4, style, json_str(option, "text", ""));
    if (verdict && (key || chosen))
        y += draw_markdown(area, y, 4, S_TEXT, json_str(json_object_get(verdict, "explanations"), id, ""));
    return y - from;
}

/* "in 10 min", "in 3 days": when the question comes back. */
static void wait_text(long long seconds, char *out, size_t room)
{
    long long days = (seconds + 43200) / 86400;
    if (seconds >= 43200)
        snprintf(out, room, "in %lld day%s", days, days == 1 ? "" : "s");
    else
        snprintf(out, room, "in %lld min", (seconds + 59) / 60);
}

static int draw_verdict(const struct lesson_recall *recall, struct area area, int y)
{
    bool right = json_flag(recall->verdict, "right", false);
    char when[40], text[160];
    wait_text(json_num(recall->verdict, "wait", 0), when, sizeof when);
    snprintf(text, sizeof text, recall->due ? "%s Next review %s. Enter goes on." : "%s Enter goes on.",
             right ? "Right." : "Not quite: see what is right, and why.", when);
    return draw_wrapped(area, y, 0, right ? S_OK : S_WARN, text);
}

static int draw_item(const struct lesson_recall *recall, struct area area, int y)
{
    const json_t *item = item_of(recall);
    int from = y;
    y += draw_markdown(area, y, 0, S_TEXT, json_str(item, "stem", "")) + 1;
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(item, "options"), index, option) { y += draw_option(recall, option, (int)index, area, y); }
    y++;
    if (recall->error[0])
        y += draw_wrapped(area, y, 0, S_WARN, recall->error);
    else if (recall->verdict)
        y += draw_verdict(recall, area, y);
    else
        put(area, y++, 0, S_ACCENT, is_multiple(item) ? "Several are right: letters choose, Enter hands in." : "A letter answers.");
    return y - from;
}

static void draw_result(const struct lesson_recall *recall, struct area area)
{
    int y = 0;
    if (recall->items)
        y += draw_wrapped(area, y, 0, recall->right == recall->answered ? S_OK : S_STRONG,
                          recall->right == recall->answered ? "All right, every one." : "That was the last one.") +
             1;
    if (recall->items)
        putf(area, y++, 0, S_TEXT, "%d of %d right", recall->right, recall->answered);
    else
        y += draw_wrapped(area, y, 0, recall->error[0] ? S_WARN : S_DIM, str_or(recall->error, "drawing the questions"));
    put(area, y + 1, 0, S_DIM, recall->due ? "Enter asks for what is due by now." : "Enter goes back to the page.");
}

void lesson_recall_draw(struct lesson_recall *recall, struct area area)
{
    char title[64], note[48] = "";
    size_t count = json_array_size(recall->items);
    snprintf(title, sizeof title, "%s", recall->due ? "Repeat" : "What stayed?");
    if (item_of(recall))
        snprintf(title, sizeof title, recall->due ? "Repeat, question %zu of %zu" : "What stayed? Question %zu of %zu",
                 recall->at + 1, count);
    if (recall->answered)
        snprintf(note, sizeof note, "%d of %d right", recall->right, recall->answered);
    struct area inside = draw_box(area, title, note, S_ACCENT);
    if (!item_of(recall)) {
        draw_result(recall, inside);
        return;
    }
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    recall->rows = inside.h;
    recall->lines = draw_item(recall, nothing, 0);
    int last = scroll_fit(&recall->top, inside, recall->lines);
    draw_item(recall, text, -recall->top);
    scroll_marks(inside, recall->top, last);
}
