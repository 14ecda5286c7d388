/* Running things inside a sandbox through the Engine API's exec; used by labs/session.c. */
#ifndef SLIPWAY_LABS_SANDBOX_H
#define SLIPWAY_LABS_SANDBOX_H

#include "client/client.h"

/* Run `bash -c script` in the container `id` and wait. The exit code, or a negative error; `output` (may be NULL) gets stdout and
 * stderr as they came, at most 1 MiB, allocated, also on error. `environment` is NULL or "NAME=value" strings on top of the
 * container's own. */
int sandbox_run(const char *host, const char *id, const char *script, char *const *environment, char **output, struct error *err);

#endif
