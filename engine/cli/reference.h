/* Image names as people write them: [registry/]name[:tag][@digest]. */
#ifndef SLIPWAY_CLI_REFERENCE_H
#define SLIPWAY_CLI_REFERENCE_H

#include "base/error.h"

/* "busybox" to "docker.io/library/busybox" and "latest"; both allocated. EINVAL in Docker's words for what is no reference. */
int reference_split(const char *text, char **repository, char **tag, struct error *err);

#endif
