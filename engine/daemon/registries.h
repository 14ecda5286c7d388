/* Reaching the registry that a name means, with what the daemon is configured with: insecure-registries, registry-mirrors,
 * max-download-attempts; /etc/docker/certs.d (or $SLIPWAY_CERTS_D), and $SLIPWAY_REGISTRY_STALL, the seconds after which a silent
 * registry is given up (60). */
#ifndef SLIPWAY_DAEMON_REGISTRIES_H
#define SLIPWAY_DAEMON_REGISTRIES_H

#include "daemon/engine.h"
#include "daemon/progress.h"
#include "image/reference.h"
#include "image/registry/registry.h"

struct registries_request {
    const char *domain; /* "docker.io", "localhost:5000" */
    const json_t *auth; /* NULL: none */
    bool pulling;       /* mirrors may answer */
    bool insecure;      /* as if it stood in insecure-registries */
    const struct progress *progress;
};

/* Try the places in turn until one could be reached and `work` with it succeeded; after a mirror has failed the next is tried,
 * after the registry itself has answered there is no other. The error is that of the last attempt. */
int registries_try(struct engine *engine, const struct registries_request *request,
                   int (*work)(struct registry *registry, void *data, struct error *err), void *data, struct error *err);

char *registry_domain(const struct reference *reference);           /* "docker.io"; allocated */
const char *registry_repository(const struct reference *reference); /* "library/busybox"; borrowed */

#endif
