/* What can be sat, and under which terms: what is set to the class, an instructor's quizzes, the banks, a mock exam. And what
 * became of an attempt, in a word.
 */
#ifndef SLIPWAY_TUI_EXAM_CHOICES_H
#define SLIPWAY_TUI_EXAM_CHOICES_H

#include "tui/draw.h"

#include <jansson.h>
#include <stddef.h>

/* Answers of class.assignments, quiz.list and bank.list (the arrays of the last two; NULL for none). A new array of
 * {"bank","title", "domain","questions","pass"}, and for what somebody has set "kind" and "terms". "bank" is what exam_command and
 * the exam's screen take: a bank, "quiz:ID", "mock:dca", or "@ASSIGNMENT". */
json_t *exam_choices(const json_t *works, const json_t *quizzes, const json_t *banks);
void exam_command(const char *bank, char *out, size_t room); /* that begins it */

enum attempt_state { ATTEMPT_RUNNING, ATTEMPT_WITHHELD, ATTEMPT_PASSED, ATTEMPT_FAILED };
/* Of a row of exam.list. A mark that is kept back is none: neither passed nor not. */
enum attempt_state attempt_state(const json_t *attempt);
extern const struct attempt_look {
    const char *words;
    enum glyph sign;
    enum style style;
} attempt_looks[];

#endif
