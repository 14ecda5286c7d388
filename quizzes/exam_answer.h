/* Answers as they are typed in one line, for each type of question, and as they are said in one. */
#ifndef SLIPWAY_QUIZZES_EXAM_ANSWER_H
#define SLIPWAY_QUIZZES_EXAM_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

bool exam_answer_is_text(const json_t *item); /* short, numeric, command, essay */

/* "b", "a c", "ac" for options and, in their order, for what has to be ordered; "a2 b1" for what has to be matched; "= text" for a
 * text, "+ text" for a further line of it; "-" takes back. NULL when the line is something else. */
json_t *exam_answer_parse(const json_t *item, const char *line);

/* What to type, in words. */
const char *exam_answer_hint(const json_t *item);

/* The stored answer in a line, "" for none; allocated. */
char *exam_answer_text(const json_t *item);

#endif
