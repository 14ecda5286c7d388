/* Requests of an exam in progress, one function each. */
#include "quizzes/exam_session.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/engine_asked.h"

#include <errno.h>
#include <string.h>

static int64_t now_ms(void) { return clock_mono_ns() / 1000000; }

static int call(json_t *request, json_t **reply, struct error *err)
{
    int r = class_call(request, reply, err);
    json_decref(request);
    return r;
}

/* The bank to take when none was named; allocated. */
static char *choose_bank(struct error *err)
{
    cleanup_json json_t *open = NULL, *list = NULL;
    if (call(json_pack("{s:s}", "op", "exam.open"), &open, err) < 0)
        return NULL;
    if (json_is_integer(json_object_get(open, "attempt")))
        return xstrdup(json_str(open, "bank", ""));
    if (call(json_pack("{s:s}", "op", "bank.list"), &list, err) < 0)
        return NULL;
    json_t *banks = json_object_get(list, "banks");
    if (json_array_size(banks) == 1)
        return xstrdup(json_str(json_array_get(banks, 0), "bank", ""));
    error_set(err, EINVAL,
              json_array_size(banks) ? "name one question bank; `slipway exam list` shows them"
                                     : "there is no question bank yet; `slipway exam import FILE` brings one");
    return NULL;
}

/* A reply comes in parts when its items do not fit into one message. */
static int fetch(const json_t *request, json_t **out, struct error *err)
{
    cleanup_json json_t *ask = json_deep_copy(request);
    int r = class_call(ask, out, err);
    json_t *items = r < 0 ? NULL : json_object_get(*out, "items");
    long long next = r < 0 ? 0 : json_num(*out, "next", 0);
    while (r == 0 && next > 0) {
        cleanup_json json_t *part = NULL;
        json_object_set_new(ask, "from", json_integer(next));
        r = class_call(ask, &part, err);
        json_array_extend(items, json_object_get(part, "items"));
        next = json_num(part, "next", 0);
    }
    if (r == 0)
        json_object_del(*out, "next");
    return r;
}

/* The request for it; a mode that is resumed is found by its attempt's name. */
static json_t *start_request(const struct exam_choice *choice, struct error *err)
{
    json_t *request = json_pack("{s:s}", "op", "exam.start");
    if (choice->count)
        json_object_set_new(request, "count", json_integer(choice->count));
    if (choice->seconds)
        json_object_set_new(request, "seconds", json_integer(choice->seconds));
    if (choice->domc)
        json_object_set_new(request, "domc", json_true());
    if (choice->password)
        json_object_set_new(request, "password", json_string(choice->password));
    cleanup_free char *bank = choice->quiz   ? str_format("quiz:%s", choice->quiz)
                              : choice->mock ? xstrdup("mock:dca")
                              : choice->bank ? xstrdup(choice->bank)
                                             : choose_bank(err);
    if (!bank || engine_ask(choice->engine, choice->host, request, err) < 0) {
        json_decref(request);
        return NULL;
    }
    long long assignment; /* of the class: "@3" */
    if (*bank == '@' && str_to_int(bank + 1, &assignment)) {
        json_object_set_new(request, "assignment", json_integer(assignment));
        return request;
    }
    bool quiz = str_starts(bank, "quiz:"), mock = str_starts(bank, "mock:");
    json_object_set_new(request, "mode", json_string(quiz ? "quiz" : mock ? "mock" : "exam"));
    json_object_set_new(request, quiz ? "quiz" : "bank", json_string(quiz ? bank + strlen("quiz:") : bank));
    return request;
}

int exam_session_begin(struct exam_session *session, const struct exam_choice *choice, struct error *err)
{
    *session = (struct exam_session){0};
    cleanup_json json_t *request = start_request(choice, err);
    int r = request ? fetch(request, &session->start, err) : -err->code;
    if (r < 0) {
        exam_session_end(session);
        return r;
    }
    session->attempt = json_num(session->start, "attempt", 0);
    session->ends = now_ms() + json_num(session->start, "deadline_ms_left", 0);
    return 0;
}

void exam_session_end(struct exam_session *session)
{
    json_decref(session->start);
    session->start = NULL;
}

size_t exam_session_count(const struct exam_session *session) { return json_array_size(json_object_get(session->start, "items")); }

json_t *exam_session_item(const struct exam_session *session, size_t index)
{
    return json_array_get(json_object_get(session->start, "items"), index);
}

int64_t exam_session_left_ms(const struct exam_session *session)
{
    int64_t left = session->ends - now_ms();
    return left > 0 ? left : 0;
}

int exam_session_answer(struct exam_session *session, size_t index, json_t *answer, bool by_source, struct error *err)
{
    json_t *item = exam_session_item(session, index);
    json_t *request = json_pack("{s:s,s:I,s:O,s:O,s:I}", "op", "exam.answer", "attempt", (json_int_t)session->attempt, "slot",
                                json_object_get(item, "slot"), "answer", answer, "seq", (json_int_t)json_num(item, "seq", 0) + 1);
    if (by_source)
        json_object_set_new(request, "by", json_string("source"));
    cleanup_json json_t *reply = NULL;
    int r = call(request, &reply, err);
    if (json_object_get(reply, "seq"))
        json_object_set(item, "seq", json_object_get(reply, "seq"));
    if (r == 0 && !by_source)
        json_object_set(item, "answer", answer);
    return r;
}

int exam_session_say(struct exam_session *session, size_t index, bool yes, struct error *err)
{
    json_t *item = exam_session_item(session, index), *options = json_object_get(item, "options");
    json_t *option = json_array_get(options, json_array_size(options) - 1);
    cleanup_json json_t *reply = NULL;
    int r = call(json_pack("{s:s,s:I,s:O,s:O,s:b}", "op", "exam.answer", "attempt", (json_int_t)session->attempt, "slot",
                           json_object_get(item, "slot"), "option", json_object_get(option, "id"), "yes", yes),
                 &reply, err);
    if (r < 0)
        return r;
    json_object_set_new(option, "said", json_boolean(yes));
    json_object_set(item, "over", json_object_get(reply, "over"));
    if (json_is_object(json_object_get(reply, "option")))
        json_array_append(options, json_object_get(reply, "option"));
    return 0;
}

bool exam_session_forward(const struct exam_session *session)
{
    return str_equal(json_str(session->start, "navigation", "free"), "forward");
}

int exam_session_go(struct exam_session *session, struct error *err)
{
    json_t *items = json_object_get(session->start, "items");
    long long last = json_num(json_array_get(items, json_array_size(items) - 1), "slot", 0);
    if (last >= json_num(session->start, "count", 0))
        return 0;
    cleanup_json json_t *reply = NULL;
    int r = call(json_pack("{s:s,s:I,s:I}", "op", "exam.go", "attempt", (json_int_t)session->attempt, "slot", (json_int_t)last + 1),
                 &reply, err);
    if (r == 0)
        json_array_extend(items, json_object_get(reply, "items"));
    return r < 0 ? r : 1;
}

int exam_session_flag(struct exam_session *session, size_t index, bool flagged, struct error *err)
{
    json_t *item = exam_session_item(session, index);
    int r = call(json_pack("{s:s,s:I,s:O,s:b}", "op", "exam.flag", "attempt", (json_int_t)session->attempt, "slot",
                           json_object_get(item, "slot"), "flagged", flagged),
                 NULL, err);
    if (r == 0)
        json_object_set_new(item, "flagged", json_boolean(flagged));
    return r;
}

int exam_session_finish(struct exam_session *session, json_t **result, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s,s:I}", "op", "exam.finish", "attempt", (json_int_t)session->attempt);
    return fetch(request, result, err);
}

int exam_result(long long attempt, json_t **result, struct error *err)
{
    cleanup_json json_t *request = json_pack("{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)attempt);
    return fetch(request, result, err);
}
