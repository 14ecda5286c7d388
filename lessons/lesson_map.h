/* Which lesson teaches which topic: the course by domains, for commands and for the UI. */
#ifndef SLIPWAY_LESSONS_LESSON_MAP_H
#define SLIPWAY_LESSONS_LESSON_MAP_H

#include "lessons/lesson.h"
#include "lessons/syllabus.h"

#include <jansson.h>
#include <stdbool.h>

/* The first lesson that names the topic or the feature; NULL when none does. */
const struct lesson *map_teaches(const struct lesson *lessons, size_t count, const char *topic);
const struct lesson *map_uses(const struct lesson *lessons, size_t count, const char *feature);

/* How a lesson stands for a learner. Prerequisites advise; nothing is locked. */
enum lesson_state {
    LESSON_OPEN,  /* all that is best read before it is read */
    LESSON_LATER, /* some of it is not */
    LESSON_NEXT,  /* the first open one of the course */
    LESSON_DONE,
};

typedef bool (*lesson_done_fn)(const void *data, const char *slug);

/* `next` is what lesson_next gave. */
enum lesson_state lesson_state(struct lesson *lessons, size_t count, const struct lesson *lesson, const struct lesson *next,
                               lesson_done_fn done, const void *data);
/* NULL when all are done. */
const struct lesson *lesson_next(struct lesson *lessons, size_t count, lesson_done_fn done, const void *data);
const char *lesson_state_name(enum lesson_state state); /* "next" */

/* {"domains":[{"domain","title","lessons":[{"slug","title","minutes","state","prerequisites","labs","topics":[{"id","title"}]}],
 *   "missing":[{"id","title"}]}],"features_missing":[{"id","what"}]}. `met`: features that labs meet besides. */
json_t *map_json(struct lesson *lessons, size_t count, const struct syllabus *syllabus, char *const *met, lesson_done_fn done,
                 const void *data);

/* The features that labs name in their front matter; strv_free. */
char **map_lab_features(void);

/* The same for people; how many topics and features are met by nothing. */
size_t map_print(const json_t *map, FILE *out);

#endif
