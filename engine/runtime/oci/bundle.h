/* A bundle as it is on disk, and what the command line and the environment add to its config. */
#ifndef SLIPWAY_RUNTIME_OCI_BUNDLE_H
#define SLIPWAY_RUNTIME_OCI_BUNDLE_H

#include "base/error.h"

#include <jansson.h>

struct bundle {
    char *path;     /* absolute */
    json_t *config; /* the caller's to change */
};

/* `path` NULL is the current directory; `file` NULL is config.json; a relative one lies in the bundle. */
int bundle_read(struct bundle *bundle, const char *path, const char *file, struct error *err);
void bundle_free(struct bundle *bundle);
char *bundle_rootfs(const struct bundle *bundle); /* root.path, absolute; allocated */

/* Socket activation (sd_listen_fds(3)): with $LISTEN_FDS of ours the process inherits them, and is told so. How many descriptors
 * from 3 up it inherits with `preserve` more. */
int bundle_listen(struct bundle *bundle, long long preserve);

#endif
