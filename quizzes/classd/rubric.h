/* A rubric's lines "points: what" as criteria, and a grader's points checked against them. */
#ifndef SLIPWAY_QUIZZES_CLASSD_RUBRIC_H
#define SLIPWAY_QUIZZES_CLASSD_RUBRIC_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum { CRITERIA_MOST = 64 };

struct criterion {
    int points;
    const char *what; /* in the rubric's text, `len` bytes */
    size_t len;
};

/* How many there are; `out` has room for CRITERIA_MOST. NULL and "" have none. */
size_t rubric_read_criteria(const char *rubric, struct criterion *out);
json_t *rubric_json(const char *rubric); /* [{"what","points"}] */

/* One number for each criterion, none above its points, gives *points and *most. A rubric of one line takes `points` alone. */
int rubric_check(const char *rubric, const json_t *given, double *points, double *most, struct error *err);

#endif
