/* --chown: names as the image knows them. */
#ifndef SLIPWAY_BUILD_OWNER_H
#define SLIPWAY_BUILD_OWNER_H

#include "base/error.h"

#include <sys/types.h>

/* "user", "user:group", numbers or names of /etc/passwd and /etc/group below `root`. EINVAL with Docker's words. */
int owner_lookup(int root, const char *text, uid_t *uid, gid_t *gid, struct error *err);

#endif
