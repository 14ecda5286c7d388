/* What a learner does best next, from what they have done and what each lesson and lab wants done before it. */
#ifndef SLIPWAY_LABS_NEXT_H
#define SLIPWAY_LABS_NEXT_H

#include "labs/lab.h"
#include "lessons/lesson.h"

#include <jansson.h>
#include <stdbool.h>

struct next_step {
    bool lab;
    size_t index; /* among the lessons, or the labs */
    const char *slug, *title;
    const char *why;     /* "you have begun it"; NULL when it is `because` */
    const char *because; /* the title of a lesson that it goes with */
};

/* The way through the course: the lessons in their order, and each lab behind the last of its prerequisites, or, when it has none,
 * behind the first lesson that names it. `out` has room for all; gives how many. */
struct course_stop {
    bool lab;
    size_t index;
};
size_t course_order(const struct lesson *lessons, size_t lesson_count, const struct lab *labs, size_t lab_count,
                    struct course_stop *out);

/* `progress` is the reply of progress.get. False when everything is done, or there is nothing. What was begun comes first, the last
 * one touched; then the first on the way of which all prerequisites are done. */
bool next_step(const struct lesson *lessons, size_t lesson_count, const struct lab *labs, size_t lab_count, const json_t *progress,
               struct next_step *out);
char *next_why(const struct next_step *next); /* allocated */

/* "lesson" or "lab"; NULL when the learner has not been there. */
const json_t *progress_row(const json_t *progress, const char *kind, const char *slug);
bool progress_done(const json_t *progress, const char *kind, const char *slug);
/* The prerequisites that are not done; strv_free. */
char **progress_missing(const json_t *progress, char *const *prerequisites);

#endif
