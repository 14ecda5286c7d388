/* The init of `docker run --init` and of lab sandboxes: this same static program, bound into the container as /sbin/docker-init. */
#ifndef SLIPWAY_SHIM_CONTAINER_INIT_H
#define SLIPWAY_SHIM_CONTAINER_INIT_H

#include <stdbool.h>

bool container_init_called(const char *program); /* by argv[0] */

/* `docker-init [--] COMMAND [ARG...]`: runs the command, hands it every signal, reaps whatever is orphaned, ends with its status
 * (128 + signal when it was killed; 127 and 126 when it cannot be executed). */
int container_init_main(int argc, char **argv);

#endif
