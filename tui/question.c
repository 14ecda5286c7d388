/* A running attempt on the screen: its keys and its clock. Sending is question_send.c, answers are question_answer.c. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/question_state.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static void open_question(struct app *app, void *state, const void *argument)
{
    struct attempt *attempt = state;
    const json_t *json = argument;
    copy_text(attempt->bank, sizeof attempt->bank, json_str(json, "bank", ""));
    attempt->count = (int)json_num(json, "count", 10);
    attempt->seconds = (int)json_num(json, "seconds", 900);
    attempt_start(app, attempt);
}

static void ask_finish(struct app *app, struct attempt *attempt)
{
    char text[300];
    int open = attempt->total - attempt_answered(attempt), flagged = 0;
    for (int i = 0; i < attempt->item_count; i++)
        flagged += attempt->items[i].flagged;
    size_t used = (size_t)snprintf(text, sizeof text, "%s", open ? "" : "All questions are answered. ");
    if (open)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%d question%s not answered. ", open, open == 1 ? " is" : "s are");
    if (flagged)
        used += (size_t)snprintf(text + used, sizeof text - used, "%d flagged. ", flagged);
    snprintf(text + used, sizeof text - used, "Finish the exam and see the result?");
    app_ask(app, "Finish", text, attempt_finish, attempt, 0);
}

static void choose(struct app *app, struct attempt *attempt, int option)
{
    struct item *item = &attempt->items[attempt->current];
    if (option < 0 || option >= item->option_count)
        return;
    attempt->option = option;
    if (!item_touch(item, option))
        return;
    item->changed = true;
    attempt_send(app, attempt, attempt->current);
}

static void flag(struct app *app, struct attempt *attempt)
{
    struct item *item = &attempt->items[attempt->current];
    item->flagged = !item->flagged;
    work_school(app->work,
                json_pack("{s:s,s:I,s:O?,s:b}", "op", "exam.flag", "attempt", (json_int_t)attempt->id, "slot",
                          json_object_get(item->json, "slot"), "flagged", item->flagged),
                NULL, NULL);
}

static void go_to(struct attempt *attempt, int index)
{
    if (index < 0 || index >= attempt->item_count || (attempt->forward && index != attempt->item_count - 1))
        return;
    attempt->current = index;
    attempt->option = attempt->items[index].kind == ITEM_ONE_BY_ONE ? attempt->items[index].said : 0;
    attempt->top = 0;
    attempt->reviewing = false;
}

static void number_key(struct attempt *attempt, keycode key)
{
    size_t len = strlen(attempt->number);
    if (key == K_ENTER) {
        attempt->going = false;
        go_to(attempt, atoi(attempt->number) - 1);
    } else if (key == K_BACKSPACE && len) {
        attempt->number[len - 1] = 0;
    } else if (key < 0x80 && isdigit((int)key) && len < 3) {
        attempt->number[len] = (char)key;
        attempt->number[len + 1] = 0;
    } else if (key == K_ESC) {
        attempt->going = false;
    }
}

static bool on_question(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    return attempt->started && !attempt->reviewing;
}

static bool in_review(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    return attempt->started && attempt->reviewing;
}

static bool is_kind(const struct attempt *attempt, enum item_kind kind)
{
    return attempt->started && !attempt->reviewing && attempt->items[attempt->current].kind == kind;
}

static bool one_by_one(struct app *app, void *state)
{
    (void)app;
    return is_kind(state, ITEM_ONE_BY_ONE) && !((struct attempt *)state)->items[((struct attempt *)state)->current].one_over;
}

static bool with_letters(struct app *app, void *state)
{
    (void)app;
    return is_kind(state, ITEM_CHOICES) || is_kind(state, ITEM_ORDER) || is_kind(state, ITEM_PAIRS);
}

static bool with_text(struct app *app, void *state)
{
    (void)app;
    return is_kind(state, ITEM_LINE) || is_kind(state, ITEM_ESSAY);
}

static bool under_way(struct app *app, void *state)
{
    (void)app;
    return ((struct attempt *)state)->started != NULL;
}

static void choose_a(struct app *app, void *state) { choose(app, state, 0); }
static void choose_b(struct app *app, void *state) { choose(app, state, 1); }
static void choose_c(struct app *app, void *state) { choose(app, state, 2); }
static void choose_d(struct app *app, void *state) { choose(app, state, 3); }
static void choose_e(struct app *app, void *state) { choose(app, state, 4); }
static void choose_at_bar(struct app *app, void *state) { choose(app, state, ((struct attempt *)state)->option); }

static void got_next(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct attempt *attempt = owner;
    json_t *item = json_array_get(json_object_get(answer, "items"), 0);
    attempt->going_on = false;
    app_dirty(app);
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    if (err || !item || attempt->item_count == ITEMS_MAX)
        return;
    json_array_append(json_object_get(attempt->started, "items"), item);
    item_load(&attempt->items[attempt->item_count++], item);
    go_to(attempt, attempt->item_count - 1);
}

/* Where there is no way back, a question comes when the one before is left. */
static void leave_question(struct app *app, void *owner, long argument)
{
    struct attempt *attempt = owner;
    (void)argument;
    if (attempt->going_on)
        return;
    attempt->going_on = true;
    work_school(app->work,
                json_pack("{s:s,s:I,s:i}", "op", "exam.go", "attempt", (json_int_t)attempt->id, "slot", attempt->item_count + 1),
                got_next, attempt);
}

static void go_next(struct app *app, void *state)
{
    struct attempt *attempt = state;
    if (attempt->forward && attempt->item_count < attempt->total) {
        if (item_answered(&attempt->items[attempt->current]))
            leave_question(app, attempt, 0);
        else
            app_ask(app, "Next question", "This one is not answered, and there is no way back. Leave it?", leave_question, attempt,
                    0);
        return;
    }
    if (attempt->current + 1 < attempt->item_count)
        go_to(attempt, attempt->current + 1);
    else
        attempt->reviewing = true;
}

static void say_yes(struct app *app, void *state) { attempt_say(app, state, true); }
static void say_no(struct app *app, void *state) { attempt_say(app, state, false); }

static void begin_writing(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    attempt->writing = true;
    item_write(&attempt->items[attempt->current], &attempt->edit);
}

static void go_before(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    go_to(attempt, attempt->current - 1);
}

static void flag_question(struct app *app, void *state) { flag(app, state); }
static void want_finish(struct app *app, void *state) { ask_finish(app, state); }

static void begin_number(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    attempt->going = true;
    attempt->number[0] = 0;
}

static void begin_review(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    attempt->reviewing = true;
    attempt->review.selected = attempt->current;
}

static void end_review(struct app *app, void *state)
{
    (void)app;
    ((struct attempt *)state)->reviewing = false;
}

static void open_reviewed(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    go_to(attempt, attempt->review.selected);
}

static bool unsaved(struct app *app, void *state) { return on_question(app, state) && attempt_unsaved(state); }

static void stay(struct app *app, void *state)
{
    int open = attempt_unsaved(state);
    app_note(app, S_BAD, "stay a moment: %d answer%s not saved yet", open, open == 1 ? " is" : "s are");
}

static bool question_key(struct attempt *attempt, keycode key)
{
    const struct item *item = &attempt->items[attempt->current];
    switch (motion_of(key)) {
    case MOVE_DOWN:
        attempt->option += attempt->option + 1 < item->option_count;
        return true;
    case MOVE_UP:
        attempt->option -= attempt->option > 0;
        return true;
    case MOVE_PAGE_DOWN:
        attempt->top += attempt->rows / 2;
        return true;
    case MOVE_PAGE_UP:
        attempt->top -= attempt->top < attempt->rows / 2 ? attempt->top : attempt->rows / 2;
        return true;
    default:
        return false;
    }
}

static bool writes(struct app *app, void *state)
{
    (void)app;
    const struct attempt *attempt = state;
    return attempt->going || attempt->writing || attempt->wants_word;
}

static void store_text(struct app *app, struct attempt *attempt)
{
    struct item *item = &attempt->items[attempt->current];
    item_written(item, &attempt->edit);
    item->changed = true;
    attempt_send(app, attempt, attempt->current);
}

/* Enter stores a line and ends it; in an essay it begins another, and Esc ends. Each line is stored when it is left. */
static void writing_key(struct app *app, struct attempt *attempt, keycode key)
{
    struct item *item = &attempt->items[attempt->current];
    if (edit_key(&attempt->edit, key))
        return;
    if (key == K_ENTER && item->kind == ITEM_ESSAY) {
        char line[EDIT_MAX + 2];
        snprintf(line, sizeof line, "%s\n", attempt->edit.text);
        char *whole = str_format("%s%s", item->text, line);
        free(item->text);
        item->text = whole;
        edit_set(&attempt->edit, "");
        item->changed = true;
        attempt_send(app, attempt, attempt->current);
    } else if (key == K_ENTER || key == K_ESC) {
        attempt->writing = false;
        store_text(app, attempt);
    }
}

/* The password of a quiz: Enter tries it, Esc leaves. */
static void word_key(struct app *app, struct attempt *attempt, keycode key)
{
    if (edit_key(&attempt->edit, key))
        return;
    attempt->wants_word = key != K_ENTER && key != K_ESC;
    if (key == K_ENTER) {
        copy_text(attempt->word, sizeof attempt->word, attempt->edit.text);
        attempt->error[0] = 0;
        attempt_start(app, attempt);
    }
    if (key == K_ESC)
        app_pop(app);
}

static bool key_question(struct app *app, void *state, keycode key)
{
    struct attempt *attempt = state;
    if (attempt->wants_word) {
        word_key(app, attempt, key);
        return true;
    }
    if (!attempt->started)
        return false;
    if (attempt->writing) {
        writing_key(app, attempt, key);
        return true;
    }
    if (attempt->going) {
        number_key(attempt, key);
        return true;
    }
    return attempt->reviewing ? list_key(&attempt->review, key, attempt->item_count) : question_key(attempt, key);
}

static void tick_question(struct app *app, void *state)
{
    struct attempt *attempt = state;
    int64_t now = clock_mono_ns();
    if (!attempt->started) {
        if (attempt->error[0] && !attempt->asking && !attempt->refused)
            attempt_start(app, attempt);
        return;
    }
    app_dirty(app); /* the clock */
    if (now < attempt->retry_ns)
        return;
    for (int i = 0; i < attempt->item_count; i++)
        if (attempt->items[i].failed || attempt->items[i].changed)
            attempt_send(app, attempt, i);
    if (now >= attempt->deadline_ns && !attempt->late) {
        attempt->late = true;
        if (attempt->over_ns > now)
            app_note(app, S_WARN, "time is up; what is under way still counts for a moment: finish it");
    }
    if (now >= attempt->over_ns && attempt->writing) { /* what stands in the line counts as far as it got there in time */
        attempt->writing = false;
        store_text(app, attempt);
    }
    if (now >= attempt->over_ns && !attempt->finishing) {
        app_note(app, S_WARN, "time is up");
        attempt_finish(app, attempt, 0);
    }
}

static int interval_question(struct app *app, void *state)
{
    (void)app, (void)state;
    return 1000;
}

static void close_question(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    for (int i = 0; i < attempt->item_count; i++)
        item_free(&attempt->items[i]);
    json_decref(attempt->started);
}

static void draw_question_screen(struct app *app, void *state, struct area area)
{
    (void)app;
    attempt_draw(state, area);
}

static const char *where_question(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    return attempt->started ? json_str(attempt->started, "title", attempt->bank) : attempt->bank;
}

static const struct action actions[] = {
    {"question.a", "a", "choose", "choose the option with this letter, or take it back", choose_a, with_letters},
    {"question.b", "b", "choose", "choose the option with this letter, or take it back", choose_b, with_letters},
    {"question.c", "c", "choose", "choose the option with this letter, or take it back", choose_c, with_letters},
    {"question.d", "d", "choose", "choose the option with this letter, or take it back", choose_d, with_letters},
    {"question.e", "e", "choose", "choose the option with this letter, or take it back", choose_e, with_letters},
    {"question.choose", "Space", NULL, "the same with the option at the bar", choose_at_bar, with_letters},
    {"question.yes", "y", "yes, no", "one at a time: this option is right, this one is not; there is no way back", say_yes,
     one_by_one},
    {"question.no", "n", "yes, no", "one at a time: this option is right, this one is not; there is no way back", say_no,
     one_by_one},
    {"question.write", "i", "write", "write the answer; Enter stores it", begin_writing, with_text},
    {"question.next", "n Enter Right l", "next, back", "next question and the one before", go_next, on_question},
    {"question.before", "p Left h", "next, back", "next question and the one before", go_before, on_question},
    {"question.flag", "f", "flag", "mark the question to come back to", flag_question, on_question},
    {"question.go", "g", NULL, "go to a number: g 7 Enter", begin_number, on_question},
    {"question.review", "R", "review", "all questions at a glance", begin_review, on_question},
    {"question.finish", "F", "finish", "end the exam (asks first)", want_finish, under_way},
    {"move.down", NULL, NULL, "move the bar among the options; the page keys scroll a long question", NULL, NULL},
    {"move.up", NULL, NULL, "move the bar among the options; the page keys scroll a long question", NULL, NULL},
    {"question.open", "Enter", "open", "review: the question at the bar", open_reviewed, in_review},
    {"question.close-review", "R Esc", "close", "review: back to the question", end_review, in_review},
    {"question.stay", "Esc q Bksp Alt-Left", NULL,
     "leave the exam, once all answers are saved; its clock runs on, and Enter on the exam screen comes back", stay, unsaved},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "One question of the exam, its options and the clock. A letter chooses an option or takes it back; each answer is on the disk "
     "before it is shown as saved. Nothing is graded before the end.",
     "man 1 slipway", NULL},
};

const struct screen screen_question = {
    .name = "question",
    .title = "Exam",
    .about = "No feedback until the end, and answers may be changed until then. Each is on the disk before it is shown as saved; "
             "this program, or the one that "
             "stores answers, may be killed at any time.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct attempt),
    .open = open_question,
    .draw = draw_question_screen,
    .key = key_question,
    .typing = writes,
    .tick = tick_question,
    .interval = interval_question,
    .close = close_question,
    .where = where_question,
};
