/* The course as rows: the domains in their order, below each its lessons in the order of the course, with their labs and, when
 * asked for, their topics; labs that no lesson names stand at the end of their domain. */
#ifndef SLIPWAY_TUI_COURSE_ROWS_H
#define SLIPWAY_TUI_COURSE_ROWS_H

#include "lessons/lesson_map.h"
#include "tui/library.h"
#include "tui/list.h"

enum course_kind { COURSE_DOMAIN, COURSE_LESSON, COURSE_LAB, COURSE_TOPIC };

struct course_row {
    enum course_kind kind;
    const char *domain;
    const struct lesson *lesson; /* also the one that a lab or a topic stands below; NULL for labs that no lesson names */
    const struct lab *lab;
    const struct topic *topic;
    int number; /* of a lesson in the course, from 1 */
};

enum { COURSE_ROWS_MAX = 1024 };

/* Those that match the filter, with the heads of their domains; how many. */
int course_rows(const struct library *books, const struct filter *filter, bool topics, struct course_row rows[COURSE_ROWS_MAX]);

#endif
