/* The layers of an image that is being pulled: for each one what is here, or a download that is staged. */
#ifndef SLIPWAY_DAEMON_PULL_LAYERS_H
#define SLIPWAY_DAEMON_PULL_LAYERS_H

#include "daemon/engine.h"
#include "daemon/progress.h"
#include "image/layer.h"
#include "image/registry/registry.h"

struct layers_request {
    struct registry *registry;
    const char *repository; /* at the registry */
    const char *name;       /* "docker.io/library/busybox": where the blobs are remembered to have been seen */
    const struct manifest *manifest;
    char *const *diffs; /* one for each layer */
    size_t held;        /* of the lowest, by layers_hold */
    const struct progress *progress;
};

/* `staged` has room for each layer; NULL is put in for what is held. What is staged is the caller's to free also after a failure.
 */
int pull_layers(struct engine *engine, const struct layers_request *request, struct staged **staged, struct error *err);

#endif
