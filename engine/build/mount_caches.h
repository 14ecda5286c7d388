/* The directories of RUN --mount=type=cache: who uses which. */
#ifndef SLIPWAY_BUILD_MOUNT_CACHES_H
#define SLIPWAY_BUILD_MOUNT_CACHES_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum sharing { SHARING_SHARED, SHARING_LOCKED, SHARING_PRIVATE };

/* One of the directories of `id`, which nobody else uses unless it is shared; `stop` ends the wait for it. *fresh: it is new. */
int cache_take(const char *parent, const char *id, enum sharing sharing, bool (*stop)(void *data), void *data, char **path,
               bool *fresh, struct error *err);
void cache_give_back(const char *path);

/* Removes those that nobody uses, the longest unused first, until they take no more than `keep` bytes; with `before_ns` only those
 * that were last used before that time. Gives their names, adds up their bytes. Allocated. */
struct caches_prune {
    int64_t keep, before_ns; /* 0: all */
    const char *id;          /* only this one (the name of its directory); NULL: any */
};
char **caches_prune(const char *parent, const struct caches_prune *prune, long long *bytes);

#endif
