/* Quizzes as instructors set them, and what one attempt gets of them. */
#ifndef SLIPWAY_QUIZZES_CLASSD_QUIZ_H
#define SLIPWAY_QUIZZES_CLASSD_QUIZ_H

#include "quizzes/classd/requests.h"

enum { QUIZ_NAME = 80 };

struct exam_terms;

/* May the caller begin an attempt at it now? EACCES for a wrong password, ETIME outside of its window, EDQUOT when all attempts
 * are used up; the last two are up to the assignment where the terms have one. *settings is the quiz's with the caller's overrides
 * in it, without password and overrides, and bounded by the closing time; the caller's to free. */
int quiz_open(const struct request *request, const char *id, const struct exam_terms *terms, json_t **settings, struct error *err);

/* The quiz's settings for everybody, with "count", its questions; and in *own, which may be NULL, those for the one who asks alone.
 * The caller's; NULL for none. */
json_t *quiz_read(const struct request *request, const char *id, json_t **own);

#endif
