/* The layers of an image that is being pushed: for each one a blob at the registry, found there, taken over, or sent. */
#ifndef SLIPWAY_DAEMON_PUSH_LAYERS_H
#define SLIPWAY_DAEMON_PUSH_LAYERS_H

#include "daemon/engine.h"
#include "daemon/progress.h"
#include "image/layer.h"
#include "image/registry/registry.h"

struct push_layers_request {
    struct registry *registry;
    const char *repository;           /* at the registry */
    const char *name;                 /* "docker.io/library/busybox" */
    const struct image_layer *layers; /* from the bottom up */
    size_t count;
    const struct progress *progress;
};

/* `blobs` has room for each layer, and is the caller's to clear also after a failure. */
int push_layers(struct engine *engine, const struct push_layers_request *request, struct descriptor *blobs, struct error *err);

#endif
