/* Requests of an exam in progress, one function each. */
#include "quizzes/exam_session.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <errno.h>

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

int exam_session_begin(struct exam_session *session, const char *bank, long long count, long long seconds, struct error *err)
{
    *session = (struct exam_session){0};
    cleanup_free char *chosen = bank ? xstrdup(bank) : choose_bank(err);
    if (!chosen)
        return -err->code;
    cleanup_json json_t *request = json_pack("{s:s,s:s,s:I,s:I}", "op", "exam.start", "bank", chosen, "count", (json_int_t)count,
                                             "seconds", (json_int_t)seconds);
    int r = fetch(request, &session->start, err);
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
