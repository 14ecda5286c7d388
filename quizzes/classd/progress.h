/* How far a learner is in each lesson and lab; the rows that lessons and labs share. */
#ifndef SLIPWAY_QUIZZES_CLASSD_PROGRESS_H
#define SLIPWAY_QUIZZES_CLASSD_PROGRESS_H

#include "quizzes/classd/requests.h"

#include <stdbool.h>

struct progress_mark {
    const char *kind, *id; /* "lesson" or "lab" */
    int64_t step, steps;   /* -1: as it was */
    bool done;             /* what is done stays done */
    bool begin;            /* the learner comes to it now: the time since its last sign of life was not spent on it */
};

/* A sign of life: the time since the one before counts as spent, at most ten minutes of it. */
int progress_mark(const struct request *request, const struct progress_mark *mark, struct error *err);
int progress_event(const struct request *request, const char *kind, json_t *body, struct error *err); /* consumes body */

#endif
