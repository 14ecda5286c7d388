/* Inside quizzes/bank: the lines of a bank file, and the list of what is wrong with them. */
#ifndef SLIPWAY_QUIZZES_BANK_BANK_SOURCE_H
#define SLIPWAY_QUIZZES_BANK_BANK_SOURCE_H

#include "quizzes/bank/bank.h"

struct source {
    const char *file;
    char **lines; /* from 0; the numbers in messages and in the functions below are from 1 */
    int count;
    char ***problems;
    size_t problem_count;
};

void source_problem(struct source *source, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

const char *source_line(const struct source *source, int number); /* "" past the end */

/* Lines `first` to `last` with up to `indent` leading spaces taken off, without blank lines at both ends; allocated. With `quoted`
 * the marker of a block quote is taken off too. */
char *source_text(const struct source *source, int first, int last, int indent, bool quoted);

/* "id {key=value ...}" of a question's heading. */
void heading_read(struct source *source, int line, struct bank_question *question);

bool bank_name_valid(const char *text); /* a-z, 0-9, dashes; starts with a letter or digit; at most 64 */

#endif
