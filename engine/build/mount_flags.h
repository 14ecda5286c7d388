/* One flag of RUN --mount, taken apart. */
#ifndef SLIPWAY_BUILD_MOUNT_FLAGS_H
#define SLIPWAY_BUILD_MOUNT_FLAGS_H

#include "build/build_internal.h"
#include "build/mount_caches.h"

enum mount_kind { BIND, CACHE, TMPFS, SECRET };

struct mount {
    enum mount_kind kind;
    char *target, *id, *from, *source;
    bool writable, required, skipped;
    long mode; /* -1: not given */
    unsigned uid, gid;
    int64_t size;
    enum sharing sharing;
    char *taken; /* the directory of a cache */
};

/* "type=cache,target=/x,...", with variables in the values; what is not said is filled in. EINVAL in BuildKit's words. `out` has to
 * be freed (its texts), also after an error. */
int mount_parse(struct turn *turn, const char *flag, struct mount *out, struct error *err);

#endif
