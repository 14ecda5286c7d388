/* Quizzes as instructors set them, and what one attempt gets of them. */
#ifndef SLIPWAY_QUIZZES_CLASSD_QUIZ_H
#define SLIPWAY_QUIZZES_CLASSD_QUIZ_H

#include "quizzes/classd/requests.h"

enum { QUIZ_NAME = 80 };

/* May the caller begin an attempt at it now? EACCES for a wrong password, ETIME outside of its window, EDQUOT when all attempts
 * are used up. *settings is the quiz's with the caller's overrides in it, without password and overrides, and bounded by the
 * closing time; the caller's to free. */
int quiz_open(const struct request *request, const char *id, json_t **settings, struct error *err);

#endif
