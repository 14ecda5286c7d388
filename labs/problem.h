/* What is wrong with a lab's files: a list, so that an author sees all of it at once. Each says where and what to do about it. */
#ifndef SLIPWAY_LABS_PROBLEM_H
#define SLIPWAY_LABS_PROBLEM_H

#include "base/error.h"

#include <stddef.h>
#include <stdio.h>

struct lab_problem {
    char *file;
    int line;
    char *field; /* of the front matter; "" when it is not about one */
    char *text;
};

struct lab_problems {
    struct lab_problem *list;
    size_t count;
};

void problem_add(struct lab_problems *problems, const char *file, int line, const char *field, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The error's message begins with "FILE:LINE: " as those of front_matter_parse do. */
void problem_add_error(struct lab_problems *problems, const char *file, const struct error *err);
/* "FILE:LINE: FIELD: TEXT", a line each. */
void problems_print(const struct lab_problems *problems, FILE *out);
/* The first one as an error (EINVAL), 0 when there is none. */
int problems_error(const struct lab_problems *problems, struct error *err);
void problems_free(struct lab_problems *problems);
#define cleanup_problems __attribute__((cleanup(problems_free)))

#endif
