/* What is wrong with lessons, for their authors. */
#ifndef SLIPWAY_LESSONS_LESSON_LINT_H
#define SLIPWAY_LESSONS_LESSON_LINT_H

#include "base/error.h"
#include "lessons/recall.h"
#include "lessons/syllabus.h"

#include <stdbool.h>

struct lesson;
struct page;

enum { LINT_CODE_WIDTH = 78 };

/* What lessons may refer to. */
struct lint {
    struct syllabus syllabus;
    struct question_names questions;
    struct lesson *lessons; /* those that can be read at all */
    size_t count;
    char *labs; /* the folder of the labs */
    /* The lesson at work. */
    const char *path;
    char **source; /* its lines */
    char ***problems;
};

/* Loads the syllabus, the banks and the lessons. */
int lint_open(struct lint *lint, struct error *err);
void lint_close(struct lint *lint);

/* Adds one line for each thing that is wrong with the lesson at `path`: "lessons/07-x.md:3: minutes: what is wrong; what to do".
 * How many. */
size_t lesson_lint(struct lint *lint, const char *path, char ***problems);
/* The same for what lies between lessons: prerequisites that come back to themselves, two files with one slug. */
size_t lessons_lint(struct lint *lint, char ***problems);

/* For the parts of the lint: `line` from 1; `field` is what it is about ("minutes", "run", "predict"). */
void lint_problem(struct lint *lint, int line, const char *field, const char *format, ...) __attribute__((format(printf, 4, 5)));
void lint_head(struct lint *lint, const json_t *head, const char *slug);
void lint_body(struct lint *lint, struct lesson *lesson);

#endif
