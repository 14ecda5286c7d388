/* Local volumes: <data-root>/volumes/<name>/_data. Thread-safe; names are [a-zA-Z0-9][a-zA-Z0-9_.-]+, or 64 hex digits when
 * anonymous. */
#ifndef SLIPWAY_VOLUME_VOLUME_H
#define SLIPWAY_VOLUME_VOLUME_H

#include "base/error.h"

#include <jansson.h>

/* Make it when it is missing; `mountpoint` (allocated) is the _data directory. `name` NULL or "" draws an anonymous name into
 * *named. */
int volume_ensure(const char *data_root, const char *name, char **named, char **mountpoint, struct error *err);
int volume_remove(const char *data_root, const char *name, struct error *err);
json_t *volume_list(const char *data_root); /* array as in GET /volumes */
json_t *volume_inspect(const char *data_root, const char *name, struct error *err);

#endif
