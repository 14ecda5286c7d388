/* One request of one client, and the table of what can be asked (quizzes/class_client.h describes each). */
#ifndef SLIPWAY_QUIZZES_CLASSD_REQUESTS_H
#define SLIPWAY_QUIZZES_CLASSD_REQUESTS_H

#include "quizzes/classd/store.h"

#include <jansson.h>
#include <sys/types.h>

struct request {
    struct store *store;
    int64_t person;
    uid_t uid;
    pid_t pid; /* of the client, for the log of who took an attempt over */
    const json_t *body;
};

/* Fills `reply`; on error the reply is thrown away but for "seq". Called inside a transaction. */
typedef int request_handler(const struct request *request, json_t *reply, struct error *err);

request_handler request_bank_import, request_bank_list, request_bank_items, request_item_key, request_practice_draw,
    request_practice_answer, request_exam_start, request_exam_answer, request_exam_flag, request_exam_finish, request_exam_result,
    request_exam_list, request_exam_open, request_progress_set, request_progress_get, request_progress_touch,
    request_progress_export, request_progress_erase, request_lab_seed, request_lab_go, request_lab_step, request_lab_hint,
    request_audit, request_standing, request_learn_due, request_exam_statistics, request_exam_mastery;
request_handler request_exam_go, request_quiz_set, request_quiz_remove, request_quiz_list;
request_handler request_class_info, request_class_roster, request_class_enrol, request_class_remove, request_class_assign,
    request_class_reassign, request_class_unassign, request_class_extend, request_class_assignments, request_class_board,
    request_class_message, request_class_inbox, request_class_peek, request_class_screen, request_class_gradebook,
    request_class_marks, request_class_category, request_class_queue, request_class_grade, request_class_settle,
    request_class_confirm, request_class_export, request_class_erase, request_class_regrade;

/* The n-th request there is; NULL at the end. */
const char *request_name(size_t index);

/* Parse, find who asks, run the handler in a savepoint of its own. Always gives a reply. Inside a transaction. */
json_t *request_serve(struct store *store, uid_t uid, pid_t pid, const char *text, size_t len);

json_t *refusal(int code, const char *message);

/* Milliseconds since the epoch as RFC 3339. */
json_t *json_time(int64_t real_ms);

#endif
