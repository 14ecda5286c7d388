/* Long lists read in part: of each object only the members that are wanted become a document, the rest is stepped over. */
#ifndef SLIPWAY_BASE_JSON_SKIM_H
#define SLIPWAY_BASE_JSON_SKIM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* `text` is an array of objects. Each in turn, with those of its members that `keys` (ending with NULL; NULL: all) names, is handed
 * to `take`, which may keep a reference; false stops. EINVAL when `text` is something else, perhaps after some objects. */
int json_skim(const char *text, size_t len, const char *const *keys, bool (*take)(void *data, json_t *object), void *data);

#endif
