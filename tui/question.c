/* A running attempt: keys, the clock, and storing. Each answer is sent when it is given, one at a time for each question; what
 * could not be stored stays marked and is sent again until it is. */
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

static const int64_t SECOND = 1000000000;

static void send_item(struct app *app, struct attempt *attempt, int index);
static void finish(struct app *app, void *owner, long argument);

static void load_item(struct item *item, const json_t *json)
{
    *item = (struct item){.json = json,
                          .multiple = str_equal(json_str(json, "type", "single"), "multiple"),
                          .seq = json_num(json, "seq", 0),
                          .flagged = json_flag(json, "flagged", false)};
    pages_parse(json_str(json, "stem", ""), &item->stem);
    json_t *options = json_object_get(json, "options"), *given = json_object_get(json, "answer"), *letter;
    for (size_t i = 0; i < json_array_size(options) && i < OPTIONS_MAX; i++) {
        json_t *option = json_array_get(options, i);
        pages_parse(json_str(option, "text", ""), &item->options[item->option_count++]);
        size_t j;
        json_array_foreach(given, j, letter)
        {
            if (str_equal(json_string_value(letter), json_str(option, "id", "")))
                item->chosen |= 1u << i;
        }
    }
}

static void take_time(struct attempt *attempt, const json_t *reply)
{
    if (json_is_number(json_object_get(reply, "deadline_ms_left")))
        attempt->deadline_ns = clock_mono_ns() + json_num(reply, "deadline_ms_left", 0) * 1000000;
}

static void got_start(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct attempt *attempt = owner;
    attempt->asking = false;
    app_dirty(app);
    if (err) {
        copy_text(attempt->error, sizeof attempt->error, err->message);
        return;
    }
    attempt->error[0] = 0;
    attempt->started = json_incref(answer);
    attempt->id = json_num(answer, "attempt", 0);
    attempt->seconds = (int)json_num(answer, "seconds", attempt->seconds);
    take_time(attempt, answer);
    json_t *items = json_object_get(answer, "items"), *json;
    size_t index;
    json_array_foreach(items, index, json)
    {
        if (attempt->item_count < ITEMS_MAX)
            load_item(&attempt->items[attempt->item_count++], json);
    }
    /* Go on at the first question that is open. */
    for (int i = attempt->item_count - 1; i >= 0; i--)
        if (!attempt->items[i].chosen)
            attempt->current = i;
    if (json_flag(answer, "resumed", false) && !app->note[0])
        app_note(app, S_WARN, "going on with the attempt that was running");
}

static void ask_start(struct app *app, struct attempt *attempt)
{
    attempt->asking = true;
    work_school(app->work,
                json_pack("{s:s,s:s,s:i,s:i,s:b}", "op", "exam.start", "bank", attempt->bank, "count", attempt->count, "seconds",
                          attempt->seconds, "resume", 1),
                got_start, attempt);
}

static void open_question(struct app *app, void *state, const void *argument)
{
    struct attempt *attempt = state;
    const json_t *json = argument;
    copy_text(attempt->bank, sizeof attempt->bank, json_str(json, "bank", ""));
    attempt->count = (int)json_num(json, "count", 10);
    attempt->seconds = (int)json_num(json, "seconds", 900);
    ask_start(app, attempt);
}

/* An answer on its way. */
struct sent {
    int index;
    json_t *request, *reply;
};

static json_t *letters_of(const struct item *item)
{
    json_t *list = json_array(), *options = json_object_get(item->json, "options");
    for (int i = 0; i < item->option_count; i++)
        if (item->chosen >> i & 1)
            json_array_append_new(list, json_string(json_str(json_array_get(options, (size_t)i), "id", "")));
    return list;
}

static void call_school(void *data, struct error *err)
{
    struct sent *sent = data;
    class_call(sent->request, &sent->reply, err);
}

static void answer_stored(struct app *app, void *owner, void *data, const struct error *err)
{
    struct sent *sent = data;
    struct attempt *attempt = owner;
    if (attempt) {
        struct item *item = &attempt->items[sent->index];
        item->sending = false;
        item->failed = err != NULL && err->code != EEXIST;
        if (err) {
            item->changed = true;
            if (err->code == EEXIST) /* another answer stands under this number: ours becomes the next one */
                item->seq = json_num(sent->reply, "seq", item->seq);
            if (err->code == ETIME || err->code == ETIMEDOUT)
                attempt->deadline_ns = clock_mono_ns();
            attempt->retry_ns = clock_mono_ns() + SECOND;
            if (item->failed)
                app_note(app, S_BAD, "answer %d is not saved yet: %s", sent->index + 1, err->message);
            if (err->code == EEXIST)
                send_item(app, attempt, sent->index);
        } else {
            take_time(attempt, sent->reply);
            if (item->changed)
                send_item(app, attempt, sent->index);
            else if (attempt_unsaved(attempt) == 0)
                app->note[0] = 0;
        }
        app_dirty(app);
    }
    json_decref(sent->request);
    json_decref(sent->reply);
    free(sent);
}

static void send_item(struct app *app, struct attempt *attempt, int index)
{
    struct item *item = &attempt->items[index];
    if (item->sending || attempt->over)
        return;
    item->sending = true;
    item->changed = false;
    item->seq++; /* always a new number: whether a failed one was stored is not known, and the greatest counts */
    struct sent *sent = xcalloc(1, sizeof *sent);
    sent->index = index;
    sent->request = json_pack("{s:s,s:I,s:O?,s:o,s:I}", "op", "exam.answer", "attempt", (json_int_t)attempt->id, "slot",
                              json_object_get(item->json, "slot"), "answer", letters_of(item), "seq", (json_int_t)item->seq);
    work_run(app->work, LANE_SCHOOL, call_school, answer_stored, sent, attempt);
}

static void show_results(struct app *app, struct attempt *attempt)
{
    json_t *argument = json_pack("{s:I}", "attempt", (json_int_t)attempt->id);
    app_ran(app, "slipway exam results %lld", attempt->id);
    enum tab tab = TAB_EXAM;
    app_home_of(app, tab); /* closes this screen: attempt is gone from here on */
    app_push(app, tab, &screen_results, argument);
    json_decref(argument);
    app->clock_ms = -1;
    model_want_progress(app);
}

static void finished(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct attempt *attempt = owner;
    (void)answer;
    attempt->finishing = false;
    if (err && err->code != EBUSY && !attempt->over) {
        app_note(app, S_BAD, "not finished yet: %s; trying again", err->message);
        attempt->retry_ns = clock_mono_ns() + SECOND;
        attempt->over = clock_mono_ns() >= attempt->deadline_ns;
        return;
    }
    show_results(app, attempt);
}

static void finish(struct app *app, void *owner, long argument)
{
    struct attempt *attempt = owner;
    (void)argument;
    if (attempt->finishing || !attempt->started)
        return;
    attempt->finishing = true;
    work_school(app->work, json_pack("{s:s,s:I}", "op", "exam.finish", "attempt", (json_int_t)attempt->id), finished, attempt);
}

static void ask_finish(struct app *app, struct attempt *attempt)
{
    char text[300];
    int open = attempt->item_count - attempt_answered(attempt), flagged = 0;
    for (int i = 0; i < attempt->item_count; i++)
        flagged += attempt->items[i].flagged;
    size_t used = (size_t)snprintf(text, sizeof text, "%s", open ? "" : "All questions are answered. ");
    if (open)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%d question%s not answered. ", open, open == 1 ? " is" : "s are");
    if (flagged)
        used += (size_t)snprintf(text + used, sizeof text - used, "%d flagged. ", flagged);
    snprintf(text + used, sizeof text - used, "Finish the exam and see the result?");
    app_ask(app, "Finish", text, finish, attempt, 0);
}

static void choose(struct app *app, struct attempt *attempt, int option)
{
    struct item *item = &attempt->items[attempt->current];
    if (option < 0 || option >= item->option_count)
        return;
    attempt->option = option;
    unsigned bit = 1u << option;
    if (item->multiple)
        item->chosen ^= bit;
    else
        item->chosen = item->chosen == bit ? 0 : bit;
    item->changed = true;
    send_item(app, attempt, attempt->current);
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
    if (index < 0 || index >= attempt->item_count)
        return;
    attempt->current = index;
    attempt->option = 0;
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

static void go_next(struct app *app, void *state)
{
    struct attempt *attempt = state;
    (void)app;
    if (attempt->current + 1 < attempt->item_count)
        go_to(attempt, attempt->current + 1);
    else
        attempt->reviewing = true;
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

static bool writes_number(struct app *app, void *state)
{
    (void)app;
    return ((struct attempt *)state)->going;
}

static bool key_question(struct app *app, void *state, keycode key)
{
    struct attempt *attempt = state;
    (void)app;
    if (!attempt->started)
        return false;
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
        if (attempt->error[0] && !attempt->asking)
            ask_start(app, attempt);
        return;
    }
    app_dirty(app); /* the clock */
    if (now < attempt->retry_ns)
        return;
    for (int i = 0; i < attempt->item_count; i++)
        if (attempt->items[i].failed || attempt->items[i].changed)
            send_item(app, attempt, i);
    if (now >= attempt->deadline_ns && !attempt->finishing) {
        app_note(app, S_WARN, "time is up");
        finish(app, attempt, 0);
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
    for (int i = 0; i < attempt->item_count; i++) {
        pages_free(&attempt->items[i].stem);
        for (int j = 0; j < attempt->items[i].option_count; j++)
            pages_free(&attempt->items[i].options[j]);
    }
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
    {"question.a", "a", "choose", "choose the option with this letter, or take it back", choose_a, on_question},
    {"question.b", "b", "choose", "choose the option with this letter, or take it back", choose_b, on_question},
    {"question.c", "c", "choose", "choose the option with this letter, or take it back", choose_c, on_question},
    {"question.d", "d", "choose", "choose the option with this letter, or take it back", choose_d, on_question},
    {"question.e", "e", "choose", "choose the option with this letter, or take it back", choose_e, on_question},
    {"question.choose", "Space", NULL, "the same with the option at the bar", choose_at_bar, on_question},
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
    .typing = writes_number,
    .tick = tick_question,
    .interval = interval_question,
    .close = close_question,
    .where = where_question,
};
