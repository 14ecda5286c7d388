/* The arithmetic of marks. */
#ifndef SLIPWAY_QUIZZES_CLASSD_GRADEBOOK_H
#define SLIPWAY_QUIZZES_CLASSD_GRADEBOOK_H

#include "quizzes/classd/requests.h"

#include <stdbool.h>
#include <stddef.h>

struct book_mark {
    const char *category;
    double mark, weight; /* percent */
    bool counts;
};

struct mark_category {
    char name[72];
    double weight;
    int64_t drops; /* so many of the lowest are left out, but never all */
};

/* NAN when nothing counts yet. */
double course_mark(const struct book_mark *marks, size_t count, const struct mark_category *categories, size_t category_count);

/* "students": the row of one person, or with 0 of every student, and "assignments". `hide`: without marks that they may not see. */
int gradebook_rows(const struct request *request, int64_t person, bool hide, json_t *reply, struct error *err);

#endif
