/* A running attempt and the school: starting, storing each answer when it is given, and finishing. One answer is on its way at a
 * time for each question; what could not be stored stays marked and is sent again until it is. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/engine_asked.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/question_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SECOND = 1000000000;

static void take_time(struct attempt *attempt, const json_t *reply)
{
    if (json_is_number(json_object_get(reply, "deadline_ms_left")))
        attempt->deadline_ns = clock_mono_ns() + json_num(reply, "deadline_ms_left", 0) * 1000000;
}

/* It will be refused again, however often it is asked for. */
static bool is_final(int code)
{
    static const int codes[] = {EACCES, EPERM, ETIME, EAGAIN, EDQUOT, ENOENT, ENOTSUP, EINVAL};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

static void got_start(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct attempt *attempt = owner;
    attempt->asking = false;
    app_dirty(app);
    if (err) {
        copy_text(attempt->error, sizeof attempt->error, err->message);
        attempt->wants_word = err->code == EACCES && (str_starts(attempt->bank, "quiz:") || *attempt->bank == '@');
        attempt->refused = is_final(err->code);
        edit_set(&attempt->edit, "");
        return;
    }
    attempt->error[0] = 0;
    memset(attempt->word, 0, sizeof attempt->word);
    attempt->started = json_incref(answer);
    attempt->id = json_num(answer, "attempt", 0);
    attempt->seconds = (int)json_num(answer, "seconds", attempt->seconds);
    take_time(attempt, answer);
    attempt->over_ns = clock_mono_ns() + json_num(answer, "over_ms_left", json_num(answer, "deadline_ms_left", 0)) * 1000000;
    json_t *items = json_object_get(answer, "items"), *json;
    size_t index;
    json_array_foreach(items, index, json)
    {
        if (attempt->item_count < ITEMS_MAX)
            item_load(&attempt->items[attempt->item_count++], json);
    }
    attempt->total = (int)json_num(answer, "count", attempt->item_count);
    attempt->forward = str_equal(json_str(answer, "navigation", ""), "forward");
    /* Go on at the first question that is open. */
    for (int i = attempt->item_count - 1; i >= 0; i--)
        if (!item_answered(&attempt->items[i]))
            attempt->current = i;
    if (attempt->forward)
        attempt->current = attempt->item_count - 1;
    cleanup_free char *about = engine_told(answer);
    if (json_flag(answer, "resumed", false) && !app->note[0])
        app_note(app, S_WARN, "going on with the attempt that was running");
    else if (about && !app->note[0])
        app_note(app, S_DIM, "%s", about);
}

void attempt_start(struct app *app, struct attempt *attempt)
{
    attempt->asking = true;
    bool quiz = str_starts(attempt->bank, "quiz:"), mock = str_starts(attempt->bank, "mock:");
    json_t *request = json_pack("{s:s,s:b}", "op", "exam.start", "resume", 1);
    if (attempt->word[0])
        json_object_set_new(request, "password", json_text_value(attempt->word, strlen(attempt->word)));
    if (*attempt->bank == '@') { /* set to the class */
        json_object_set_new(request, "assignment", json_integer(atoll(attempt->bank + 1)));
        work_school(app->work, request, got_start, attempt);
        return;
    }
    json_object_set_new(request, "mode", json_string(quiz ? "quiz" : mock ? "mock" : "exam"));
    json_object_set_new(request, quiz ? "quiz" : "bank", json_string(quiz ? attempt->bank + strlen("quiz:") : attempt->bank));
    if (!quiz && !mock) {
        json_object_set_new(request, "count", json_integer(attempt->count));
        json_object_set_new(request, "seconds", json_integer(attempt->seconds));
    }
    work_school(app->work, request, got_start, attempt);
}

/* An answer on its way. */
struct sent {
    int index;
    json_t *request, *reply;
};

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
                attempt->deadline_ns = attempt->over_ns = clock_mono_ns();
            attempt->retry_ns = clock_mono_ns() + SECOND;
            if (item->failed)
                app_note(app, S_BAD, "answer %d is not saved yet: %s", sent->index + 1, err->message);
            if (err->code == EEXIST)
                attempt_send(app, attempt, sent->index);
        } else {
            take_time(attempt, sent->reply);
            if (item->changed)
                attempt_send(app, attempt, sent->index);
            else if (attempt_unsaved(attempt) == 0)
                app->note[0] = 0;
        }
        app_dirty(app);
    }
    json_decref(sent->request);
    json_decref(sent->reply);
    free(sent);
}

static void send_verdict(struct app *app, struct attempt *attempt, int index);

/* What was said to an option is stored: the next one comes, or nothing. */
static void verdict_stored(struct app *app, void *owner, void *data, const struct error *err)
{
    struct sent *sent = data;
    struct attempt *attempt = owner;
    if (attempt) {
        struct item *item = &attempt->items[sent->index];
        item->sending = false;
        item->failed = err != NULL;
        item->changed = err != NULL;
        if (err) {
            if (err->code == ETIME || err->code == ETIMEDOUT)
                attempt->deadline_ns = attempt->over_ns = clock_mono_ns();
            attempt->retry_ns = clock_mono_ns() + SECOND;
            app_note(app, S_BAD, "answer %d is not saved yet: %s", sent->index + 1, err->message);
        } else {
            json_t *option = json_object_get(sent->reply, "option");
            item->chosen |= item->yes ? 1u << item->said : 0;
            item->said++;
            item->one_over = json_flag(sent->reply, "over", false);
            if (json_is_object(option))
                item_add_option(item, option);
            take_time(attempt, sent->reply);
            attempt->option = item->said;
        }
        app_dirty(app);
    }
    json_decref(sent->request);
    json_decref(sent->reply);
    free(sent);
}

static void send_verdict(struct app *app, struct attempt *attempt, int index)
{
    struct item *item = &attempt->items[index];
    char option[2] = {(char)('a' + item->said), 0};
    item->sending = true;
    struct sent *sent = xcalloc(1, sizeof *sent);
    sent->index = index;
    sent->request = json_pack("{s:s,s:I,s:O?,s:s,s:b}", "op", "exam.answer", "attempt", (json_int_t)attempt->id, "slot",
                              json_object_get(item->json, "slot"), "option", option, "yes", item->yes);
    work_run(app->work, LANE_SCHOOL, call_school, verdict_stored, sent, attempt);
}

void attempt_say(struct app *app, struct attempt *attempt, bool yes)
{
    struct item *item = &attempt->items[attempt->current];
    if (item->one_over || item->sending || item->changed)
        return;
    item->yes = yes;
    item->changed = true;
    attempt_send(app, attempt, attempt->current);
}

void attempt_send(struct app *app, struct attempt *attempt, int index)
{
    struct item *item = &attempt->items[index];
    if (item->sending || attempt->over)
        return;
    if (item->kind == ITEM_ONE_BY_ONE) {
        send_verdict(app, attempt, index);
        return;
    }
    item->sending = true;
    item->changed = false;
    item->seq++; /* always a new number: whether a failed one was stored is not known, and the greatest counts */
    struct sent *sent = xcalloc(1, sizeof *sent);
    sent->index = index;
    sent->request = json_pack("{s:s,s:I,s:O?,s:o,s:I}", "op", "exam.answer", "attempt", (json_int_t)attempt->id, "slot",
                              json_object_get(item->json, "slot"), "answer", item_answer(item), "seq", (json_int_t)item->seq);
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
        attempt->over = clock_mono_ns() >= attempt->over_ns;
        return;
    }
    show_results(app, attempt);
}

void attempt_finish(struct app *app, void *owner, long argument)
{
    struct attempt *attempt = owner;
    (void)argument;
    if (attempt->finishing || !attempt->started)
        return;
    attempt->finishing = true;
    work_school(app->work, json_pack("{s:s,s:I}", "op", "exam.finish", "attempt", (json_int_t)attempt->id), finished, attempt);
}
