/* The result of an attempt that has ended. */
#ifndef SLIPWAY_QUIZZES_CLASSD_RESULT_H
#define SLIPWAY_QUIZZES_CLASSD_RESULT_H

#include "quizzes/classd/attempt.h"

/* With the items as far as their review is open (review.h); before a class's results are out only "receipt" and "withheld", the
 * time when they will be. EBUSY while the attempt runs. Keys are held back while the person sits another exam: "held" says so. */
int result_json(struct store *store, const struct attempt *attempt, int64_t from, json_t *reply, struct error *err);

/* {"attempts":N,"best":percent|null,"last":{...}|null} of the caller's ended attempts. */
json_t *exams_summary(const struct request *request, struct error *err);

#endif
