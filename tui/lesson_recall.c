/* Recall: what is right is never here before the answer is given; it comes with the verdict. */
#include "tui/lesson_recall.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/recall.h"
#include "quizzes/class_client.h"
#include "tui/answer_told.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"
#include "tui/pageview.h"
#include "tui/read_on.h"

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

static json_t *item_of(const struct lesson_recall *recall) { return json_array_get(recall->items, recall->at); }

/* The one on show becomes one that can be answered. */
static void make_item(struct lesson_recall *recall)
{
    json_t *json = item_of(recall);
    if (json)
        item_load(&recall->item, json);
    recall->made = json != NULL;
}

static void leave_item(struct lesson_recall *recall)
{
    if (recall->made)
        item_free(&recall->item);
    json_decref(recall->verdict);
    json_decref(recall->told);
    recall->verdict = recall->told = NULL;
    recall->made = recall->writing = false;
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
        make_item(recall);
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
    proof_watch_close(app, &recall->proof);
    leave_item(recall);
    json_decref(recall->items);
    *recall = (struct lesson_recall){0};
}

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
    recall->told = json_copy(item_of(recall));
    json_object_set_new(recall->told, "answer", item_answer(&recall->item));
    json_object_update(recall->told, answer);
    recall->answered++;
    recall->right += json_flag(answer, "right", false);
    recall->top = 0;
}

static void hand_in(struct app *app, struct lesson_recall *recall)
{
    const json_t *item = item_of(recall);
    recall->judging = true;
    recall->writing = false;
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:o,s:s}", "op", "practice.answer", "bank", json_str(item, "bank", ""), "id",
                          json_str(item, "id", ""), "answer", item_answer(&recall->item), "about", recall->lesson),
                got_verdict, recall);
}

void lesson_recall_choose(struct app *app, struct lesson_recall *recall, int index)
{
    const struct item *item = &recall->item;
    if (lesson_recall_waits(recall) && item_touch(&recall->item, index) && item->kind == ITEM_CHOICES && !item->multiple)
        hand_in(app, recall);
}

static void next_item(struct app *app, struct lesson_recall *recall)
{
    proof_watch_close(app, &recall->proof);
    leave_item(recall);
    recall->top = 0;
    recall->at++;
    make_item(recall);
}

bool lesson_recall_go_on(struct app *app, struct lesson_recall *recall)
{
    if (lesson_recall_waits(recall)) {
        if (recall->item.kind == ITEM_LAB) /* done in its lab, not here */
            next_item(app, recall);
        else if (item_answered(&recall->item))
            hand_in(app, recall);
        else if (!lesson_recall_write(recall))
            app_note(app, S_DIM, "answer first: %s", item_hint(&recall->item));
        return true;
    }
    if (!item_of(recall))
        return recall->asking;
    if (!recall->judging)
        next_item(app, recall);
    return true;
}

bool lesson_recall_write(struct lesson_recall *recall)
{
    bool text = recall->item.kind == ITEM_LINE || recall->item.kind == ITEM_ESSAY;
    if (!lesson_recall_waits(recall) || !text)
        return false;
    recall->writing = true;
    item_write(&recall->item, &recall->edit);
    return true;
}

/* Enter hands a line in, and begins another one of an essay, which Esc ends. */
void lesson_recall_write_key(struct app *app, struct lesson_recall *recall, keycode key)
{
    bool essay = recall->item.kind == ITEM_ESSAY;
    if (edit_key(&recall->edit, key))
        return;
    if (key != K_ENTER && key != K_ESC)
        return;
    item_written(&recall->item, &recall->edit);
    edit_set(&recall->edit, "");
    recall->writing = false;
    if (key == K_ENTER && !essay && item_answered(&recall->item)) {
        hand_in(app, recall);
    } else if (key == K_ENTER && essay) {
        char *whole = str_format("%s\n", recall->item.text);
        free(recall->item.text);
        recall->item.text = whole;
        lesson_recall_write(recall);
    }
}

bool lesson_recall_has_proof(const struct lesson_recall *recall)
{
    return recall->verdict && json_is_object(json_object_get(recall->verdict, "proof"));
}

void lesson_recall_prove(struct app *app, struct lesson_recall *recall)
{
    proof_watch_start(app, &recall->proof, item_of(recall), recall->verdict);
    recall->top = recall->lines;
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

static int draw_choice(const struct lesson_recall *recall, const json_t *option, int index, struct area area, int y)
{
    const char *id = json_str(option, "id", "");
    const json_t *verdict = recall->verdict;
    bool chosen = recall->item.chosen >> index & 1, key = has_letter(json_object_get(verdict, "key"), id);
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

static const char *hint_of(const struct item *item)
{
    static const char *const hints[] = {
        [ITEM_CHOICES] = "A letter answers.",
        [ITEM_ORDER] = "Letters in the right order, then Enter hands in.",
        [ITEM_PAIRS] = "A letter gives its row the next number; Enter hands in.",
        [ITEM_LINE] = "Enter begins to write, and hands in.",
        [ITEM_ESSAY] = "i writes, Esc ends, then Enter hands in.",
        [ITEM_LAB] = "Done in its lab. Enter goes on.",
    };
    return item->multiple && item->kind == ITEM_CHOICES ? "Several are right: letters choose, Enter hands in." : hints[item->kind];
}

static int draw_choices(const struct lesson_recall *recall, struct area area, int y)
{
    int from = y;
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(item_of(recall), "options"), index, option)
    {
        y += draw_choice(recall, option, (int)index, area, y);
    }
    return y - from;
}

/* After the verdict what was ordered, matched or typed is told beside what is right. */
static int draw_answer(const struct lesson_recall *recall, struct area area, int y)
{
    if (recall->item.kind == ITEM_CHOICES)
        return draw_choices(recall, area, y);
    if (!recall->told)
        return item_draw(&recall->item, recall->writing ? &recall->edit : NULL, -1, area, y);
    int from = y;
    size_t index;
    json_t *option;
    json_array_foreach(json_object_get(recall->told, "options"), index, option)
    {
        put(area, y, 0, S_KEY, json_str(option, "id", ""));
        y += draw_markdown(area, y, 4, S_TEXT, json_str(option, "text", ""));
        y += draw_markdown(area, y, 4, S_DIM,
                           json_str(json_object_get(recall->told, "explanations"), json_str(option, "id", ""), ""));
    }
    return y + answer_told_draw(recall->told, area, y) - from;
}

static int draw_item(const struct lesson_recall *recall, struct area area, int y)
{
    int from = y;
    y += draw_markdown(area, y, 0, S_TEXT, json_str(item_of(recall), "stem", "")) + 1;
    y += draw_answer(recall, area, y) + 1;
    if (recall->error[0])
        y += draw_wrapped(area, y, 0, S_WARN, recall->error);
    else if (recall->verdict)
        y += draw_verdict(recall, area, y);
    else
        put(area, y++, 0, S_ACCENT, hint_of(&recall->item));
    if (recall->verdict && recall->due) /* in a lesson one is there already */
        y += read_on_draw(recall->verdict, area, y);
    if (lesson_recall_has_proof(recall) && recall->due && !recall->proof.open)
        putf(area, y++ + 1, 0, S_DIM, "w watches the proof of it");
    if (recall->proof.open)
        y += 1 + proof_watch_draw(&recall->proof, recall->verdict, area, y + 1);
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
