/* For processes that read what strangers wrote: system calls that they never need again. */
#ifndef SLIPWAY_IMAGE_CONFINE_H
#define SLIPWAY_IMAGE_CONFINE_H

#include <stdbool.h>

/* No program, no process, no executable code, no socket, no shared memory, no namespace or mount from now on; with `threads`,
 * threads still. Needs no_new_privs. 0 or -errno. */
int confine_system_calls(bool threads);

#endif
