/* The arithmetic of marks. */
#ifndef SLIPWAY_QUIZZES_CLASSD_GRADEBOOK_H
#define SLIPWAY_QUIZZES_CLASSD_GRADEBOOK_H

#include "quizzes/classd/store.h"

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

#endif
