/* What the school's documents say of a learner's way: days in a row, what was begun and not ended, and what was answered in each
 * domain. Nothing here is estimated: where the documents say nothing, neither does this.
 */
#ifndef SLIPWAY_TUI_COURSE_H
#define SLIPWAY_TUI_COURSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { DOMAINS_MAX = 16 };

struct domain {
    const char *name;             /* borrowed from the documents or the library */
    int parts, done;              /* lessons and labs of it */
    int questions, seen, percent; /* that the banks have, that were answered, and how many of those were right the last time */
    int pass;
    int due;             /* questions to be repeated now */
    const json_t *trend; /* percents of exams, oldest first; borrowed */
};

/* `standing` is the school's answer to "standing" (quizzes/class_client.h), `progress` that to "progress.get". */

/* Days in a row, up to today or yesterday, of which there is a record. */
int course_streak(const json_t *standing, time_t now);
/* The one begun longest ago and not ended; NULL when there is none. Borrowed. `*count`: how many there are. */
json_t *course_begun(const json_t *progress, int *count);
/* Domains of lessons, labs and banks, in the order of the library; how many. */
size_t course_domains(const json_t *progress, const json_t *standing, struct domain domains[DOMAINS_MAX]);

#endif
