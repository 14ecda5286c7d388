/* The requests of an exam in progress, for `slipway exam take`: slipway-classd keeps the state, this only asks. */
#ifndef SLIPWAY_QUIZZES_EXAM_SESSION_H
#define SLIPWAY_QUIZZES_EXAM_SESSION_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct exam_session {
    long long attempt;
    json_t *start; /* the reply to exam.start, with all items; answers and flags are kept up to date */
    int64_t ends;  /* CLOCK_MONOTONIC in ms */
};

/* What to sit: a bank, a quiz, or a mock exam. NULL and 0 for what is not set. */
struct exam_choice {
    const char *bank;                            /* NULL: the one that is open, or the only one there is */
    const char *quiz, *password, *engine, *host; /* engine as --engine says it, of the engine at `host` */
    bool mock, domc;
    long long count, seconds;
};

/* Starts, or resumes the attempt that is running. */
int exam_session_begin(struct exam_session *session, const struct exam_choice *choice, struct error *err);
void exam_session_end(struct exam_session *session);

size_t exam_session_count(const struct exam_session *session);
json_t *exam_session_item(const struct exam_session *session, size_t index); /* borrowed */
int64_t exam_session_left_ms(const struct exam_session *session);

/* Stored before it returns. `by_source`: letters as in the bank file, or texts. `answer` is borrowed. */
int exam_session_answer(struct exam_session *session, size_t index, json_t *answer, bool by_source, struct error *err);
/* Yes or no to the option that is shown, of an item whose options come one at a time; the item gets the next one. */
int exam_session_say(struct exam_session *session, size_t index, bool yes, struct error *err);
/* Where there is no way back: on to the next question. 1 when there was one. */
int exam_session_go(struct exam_session *session, struct error *err);
bool exam_session_forward(const struct exam_session *session);
int exam_session_flag(struct exam_session *session, size_t index, bool flagged, struct error *err);

/* Ends the attempt; the result has all items. */
int exam_session_finish(struct exam_session *session, json_t **result, struct error *err);

/* The whole result of an attempt that has ended. */
int exam_result(long long attempt, json_t **result, struct error *err);

#endif
