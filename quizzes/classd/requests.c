/* From the bytes of a request to its handler. A handler that fails leaves nothing behind, whatever else shares its transaction. */
#include "quizzes/classd/requests.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *op;
    request_handler *handler;
} handlers[] = {
    {"bank.import", request_bank_import},
    {"bank.list", request_bank_list},
    {"exam.start", request_exam_start},
    {"exam.answer", request_exam_answer},
    {"exam.flag", request_exam_flag},
    {"exam.finish", request_exam_finish},
    {"exam.result", request_exam_result},
    {"exam.list", request_exam_list},
    {"exam.open", request_exam_open},
    {"progress.set", request_progress_set},
    {"progress.get", request_progress_get},
    {"audit", request_audit},
    {"bank.items", request_bank_items},
    {"item.key", request_item_key},
    {"practice.draw", request_practice_draw},
    {"practice.answer", request_practice_answer},
    {"progress.touch", request_progress_touch},
    {"progress.export", request_progress_export},
    {"progress.erase", request_progress_erase},
    {"lab.seed", request_lab_seed},
    {"lab.go", request_lab_go},
    {"lab.step", request_lab_step},
    {"lab.hint", request_lab_hint},
    {"standing", request_standing},
    {"class.info", request_class_info},
    {"class.roster", request_class_roster},
    {"class.enrol", request_class_enrol},
    {"class.remove", request_class_remove},
    {"learn.due", request_learn_due},
    {"exam.statistics", request_exam_statistics},
    {"exam.mastery", request_exam_mastery},
    {"exam.go", request_exam_go},
    {"quiz.set", request_quiz_set},
    {"quiz.remove", request_quiz_remove},
    {"quiz.list", request_quiz_list},
    {"class.assign", request_class_assign},
    {"class.reassign", request_class_reassign},
    {"class.unassign", request_class_unassign},
    {"class.extend", request_class_extend},
    {"class.assignments", request_class_assignments},
    {"class.board", request_class_board},
    {"class.message", request_class_message},
    {"class.inbox", request_class_inbox},
    {"class.peek", request_class_peek},
    {"class.screen", request_class_screen},
    {"class.gradebook", request_class_gradebook},
    {"class.marks", request_class_marks},
    {"class.category", request_class_category},
    {"class.queue", request_class_queue},
    {"class.grade", request_class_grade},
    {"class.settle", request_class_settle},
    {"class.confirm", request_class_confirm},
    {"class.export", request_class_export},
    {"class.erase", request_class_erase},
    {"class.regrade", request_class_regrade},
};

json_t *refusal(int code, const char *message)
{
    return json_pack("{s:b,s:i,s:o}", "ok", 0, "code", code, "error", json_text_value(message, strlen(message)));
}

json_t *json_time(int64_t real_ms)
{
    char text[CLOCK_TEXT];
    clock_rfc3339(real_ms * 1000000, text);
    return json_string(text);
}

const char *request_name(size_t index) { return index < ARRAY_LEN(handlers) ? handlers[index].op : NULL; }

static request_handler *find_handler(const char *op)
{
    for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
        if (str_equal(handlers[i].op, op))
            return handlers[i].handler;
    return NULL;
}

static json_t *dispatch(struct store *store, uid_t uid, pid_t pid, const json_t *body, struct error *err)
{
    struct request request = {.store = store, .uid = uid, .pid = pid, .body = body};
    const char *op = json_str(body, "op", NULL);
    request_handler *handler = find_handler(op);
    if (!handler) {
        error_set(err, EINVAL, op ? "unknown request \"%s\"" : "a request needs \"op\"", op);
        return NULL;
    }
    /* Whatever becomes of the request: who asked stays known, and attempts whose time is up stay ended. */
    if (role_admit(store, uid, op, err) < 0 || person_of(store, uid, &request.person, err) < 0 || attempts_sweep(store, err) < 0 ||
        store_savepoint(store, err) < 0)
        return NULL;
    cleanup_json json_t *reply = json_pack("{s:b}", "ok", 1);
    int r = handler(&request, reply, err);
    store_savepoint_end(store, r == 0);
    if (r == 0)
        return json_incref(reply);
    json_t *refused = refusal(err->code, err->message);
    if (json_object_get(reply, "seq"))
        json_object_set(refused, "seq", json_object_get(reply, "seq"));
    return refused;
}

json_t *request_serve(struct store *store, uid_t uid, pid_t pid, const char *text, size_t len)
{
    struct error err = ERROR_INIT;
    if (len > CLASS_MESSAGE_MAX)
        return refusal(EMSGSIZE, "the request is longer than 256 KiB");
    cleanup_json json_t *body = json_parse(text, len, "request", &err);
    if (body && !json_is_object(body))
        error_set(&err, EINVAL, "a request is a JSON object");
    json_t *reply = err.code ? NULL : dispatch(store, uid, pid, body, &err);
    return reply ? reply : refusal(err.code, err.message);
}
