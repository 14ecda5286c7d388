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

/* A text longer than `most` is a problem. */
void source_limit(struct source *source, int line, const char *what, const char *text, size_t most);

/* One item of the list after the stem, whose text begins on `line` behind its marker; what that text has to be depends on the type
 * of the question. Takes `text` and `explanation`. */
void option_add(struct source *source, struct bank_question *question, int line, char *text, char *explanation);
/* What can be said only when the whole question was read. */
void question_check(struct source *source, struct bank_question *question);
/* "points: what" lines. */
void rubric_read(struct source *source, int line, const char *text, struct bank_question *question);
void proof_read(struct source *source, int line, const char *info, const char *text, struct bank_question *question);

bool topic_name_valid(const char *text); /* as bank_name_valid, but with A-Z */
bool bank_name_valid(const char *text);  /* a-z, 0-9, dashes; starts with a letter or digit; at most 64 */

#endif
