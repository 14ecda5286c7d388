/* Running things inside a machine through the Engine API's exec. */
#ifndef SLIPWAY_LABS_SANDBOX_H
#define SLIPWAY_LABS_SANDBOX_H

#include "client/client.h"

struct sandbox_script {
    const char *name; /* what bash calls it in its messages: "verify.sh" */
    const char *text;
    char *const *environment; /* NULL or "NAME=value" strings on top of the container's own */
    unsigned seconds;         /* after which it is ended, with all that it started; 0 for no limit */
};

/* Run a script by bash in the container `id` and wait. The exit code, or a negative error (ETIMEDOUT: it was ended, or something
 * that it started keeps its output open); `output` (may be NULL) gets stdout and stderr as they came, at most 1 MiB, allocated,
 * also on error. */
int sandbox_run(const char *host, const char *id, const struct sandbox_script *script, char **output, struct error *err);

#define SANDBOX_LEASED "/slipway/sandboxes?lease=1"

/* A machine that goes away when the descriptor *lease is closed: a new one by `config` (SANDBOX_LEASED), or one that is there, by
 * the path of its lease and NULL. The engine's description of it, a new reference. NULL with the error otherwise; *lease may be
 * open even then. */
json_t *sandbox_lease(const char *host, const char *path, json_t *config, int *lease, struct error *err);

#endif
