/* Lessons: `lessons/<slug>.md`, Markdown with YAML front matter (title, summary, minutes, domain, objectives).
 *
 * Shown in the order of the file names; a leading "01-" orders and is not part of the slug.
 */
#ifndef SLIPWAY_LESSONS_LESSON_H
#define SLIPWAY_LESSONS_LESSON_H

#include "base/error.h"
#include "lessons/page.h"

struct lesson {
    char *slug;
    char *title;
    char *summary;
    char *domain;
    int minutes;
    char **objectives;
    struct pages pages;
};

/* All lessons below content_dir("lessons"); one that cannot be read is an error that names file and line. */
int lessons_load(struct lesson **list, size_t *count, struct error *err);
void lessons_free(struct lesson *list, size_t count);
const struct lesson *lesson_find(const struct lesson *list, size_t count, const char *slug); /* NULL when there is none */

#endif
