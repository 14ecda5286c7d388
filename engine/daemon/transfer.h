/* Downloads of blobs, each done once: who wants a blob that is being fetched already, from the same registry with
 * the same credentials, waits for it and shares the file. */
#ifndef SLIPWAY_DAEMON_TRANSFER_H
#define SLIPWAY_DAEMON_TRANSFER_H

#include "base/error.h"
#include "daemon/engine.h"
#include "daemon/progress.h"
#include "image/registry/registry.h"

struct transfer;

struct transfer_request {
    struct registry *registry;
    const char *repository;
    const struct descriptor *blob;
    const char *id; /* as progress shows it */
    const struct progress *progress;
};

/* The whole blob, verified: a descriptor of its own, at the beginning of a file that has no name; it is the caller's. */
int transfer_fetch(struct engine *engine, const struct transfer_request *request, struct error *err);

#endif
