/* What the school says of a bank's questions and objectives (exam.statistics, exam.mastery), for the command and for screens. */
#ifndef SLIPWAY_QUIZZES_EXAM_FIGURES_H
#define SLIPWAY_QUIZZES_EXAM_FIGURES_H

#include <jansson.h>
#include <stdio.h>

/* Add a later page of exam.mastery to the first one: a student who has several attempts may be on several. */
void mastery_join(json_t *whole, const json_t *page);
/* What a student of it is called: by the roster, else by login. */
const char *mastery_name(const json_t *student);

/* CSV, a question or, of each student and of "all", an objective a row. */
void figures_csv(FILE *out, const json_t *items);
void mastery_csv(FILE *out, const json_t *mastery);

#endif
