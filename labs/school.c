/* What the school knows of a go: done steps, hints, time. */
#include "labs/session.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <stdlib.h>
#include <string.h>

static json_t *request(const struct lab *lab, const char *machine, const char *op)
{
    return json_pack("{s:s,s:s,s:s,s:I,s:i}", "op", op, "lab", lab->slug, "machine", machine, "steps", (json_int_t)lab->step_count,
                     "minutes", lab->timed ? lab->minutes : 0);
}

static json_t *about(const struct lab_session *session, const char *op) { return request(session->lab, session->id, op); }

json_t *lab_hint_request(const struct lab *lab, const char *machine, size_t step, unsigned number)
{
    json_t *hint = request(lab, machine, "lab.hint");
    json_object_set_new(hint, "step", json_string(lab->steps[step].slug));
    json_object_set_new(hint, "hint", json_integer(number));
    return hint;
}

static void take(struct lab_session *session, const json_t *reply)
{
    const json_t *steps = json_object_get(reply, "steps");
    session->steps_done = 0;
    for (size_t i = 0; i < session->lab->step_count; i++) {
        const json_t *step = json_object_get(steps, session->lab->steps[i].slug);
        session->done[i] = json_flag(step, "done", false);
        session->hints[i] = (unsigned)json_num(step, "hints", 0);
        session->steps_done += session->done[i];
    }
    session->left_ms = json_num(reply, "left_ms", 0);
    session->asked_ns = clock_mono_ns();
}

int school_go(struct lab_session *session, bool keep, struct error *err)
{
    if (session->private)
        return 0;
    cleanup_json json_t *go = about(session, "lab.go"), *reply = NULL;
    if (keep) {
        json_t *done = json_array();
        for (size_t i = 0; i < session->lab->step_count; i++)
            if (session->done[i])
                json_array_append_new(done, json_string(session->lab->steps[i].slug));
        json_object_set_new(go, "keep", done);
    }
    int r = class_call(go, &reply, err);
    if (r < 0)
        return error_prefix(err, "the school does not answer");
    take(session, reply);
    return 0;
}

int school_step(struct lab_session *session, size_t step, bool solved, struct error *err)
{
    if (session->private) {
        session->steps_done += !session->done[step];
        session->done[step] = true;
        return 0;
    }
    cleanup_json json_t *done = about(session, "lab.step"), *reply = NULL;
    json_object_set_new(done, "step", json_string(session->lab->steps[step].slug));
    json_object_set_new(done, "solved", json_boolean(solved));
    int r = class_call(done, &reply, err);
    if (r < 0)
        return error_prefix(err, "step %s is not counted", session->lab->steps[step].slug);
    take(session, reply);
    return 0;
}

void lab_hinted(struct lab_session *session, size_t step, unsigned number)
{
    struct error err = ERROR_INIT;
    if (session->private || number <= session->hints[step])
        return;
    cleanup_json json_t *hint = lab_hint_request(session->lab, session->id, step, number), *reply = NULL;
    if (class_call(hint, &reply, &err) == 0)
        take(session, reply);
}

long long lab_left_ms(const struct lab_session *session)
{
    long long left = session->left_ms - (clock_mono_ns() - session->asked_ns) / 1000000;
    return left > 0 ? left : 0;
}

bool lab_time_over(const struct lab_session *session)
{
    return session->lab->timed && !session->private && lab_left_ms(session) == 0;
}
