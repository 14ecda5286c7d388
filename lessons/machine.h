/* The lab machine of a lesson with `shell: machine`: it lives as long as its lease is held. */
#ifndef SLIPWAY_LESSONS_MACHINE_H
#define SLIPWAY_LESSONS_MACHINE_H

#include "base/error.h"

#include <jansson.h>

struct machine {
    char *id;  /* for /containers/{id}/exec */
    int lease; /* -EBADF when there is none */
};

/* A machine for the lesson called `slug`, from the engine at `host`. Blocks; call from a worker. */
int machine_open(const char *host, const char *slug, struct machine *out, struct error *err);
/* The Cmd and Env of an interactive shell in it, for POST /containers/{id}/exec; a new reference. */
json_t *machine_shell(void);
void machine_close(struct machine *machine); /* it goes away, with all that is in it */

#endif
