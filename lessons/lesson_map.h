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

/* {"domains":[{"domain","title","lessons":[{"slug","title","minutes","prerequisites","labs","topics":[{"id","title"}]}],
 *   "missing":[{"id","title"}]}],"features_missing":[{"id","what"}]}. `met`: features that labs meet besides. */
json_t *map_json(const struct lesson *lessons, size_t count, const struct syllabus *syllabus, char *const *met);

/* The features that labs name in their front matter; strv_free. */
char **map_lab_features(void);

/* The same for people; how many topics and features are met by nothing. */
size_t map_print(const json_t *map, FILE *out);

#endif
