/* May a bind mount have the propagation that is asked for? */
#ifndef SLIPWAY_DAEMON_PROPAGATION_H
#define SLIPWAY_DAEMON_PROPAGATION_H

#include "base/error.h"

/* EIO "path /a is mounted on / but it is not a shared mount", as dockerd says at the start. `mountinfo` is the text of
 * /proc/self/mountinfo; `source` has no links in it. */
int propagation_check(const char *mountinfo, const char *source, const char *propagation, struct error *err);

/* The same for the mounts of this process. */
int propagation_check_here(const char *source, const char *propagation, struct error *err);

#endif
