/* docker pull: an image, or all of a repository's, from a registry into the store.
 *
 * The registry is the one that the name says; for Docker Hub the mirrors of the configuration are asked first. Layers that are here
 * stay; the others are downloaded side by side, each to a file that has no name, checked against its digest, and staged; the image
 * appears with its names at the end or not at all. Lines of progress, and errors, are Docker's.
 */
#ifndef SLIPWAY_DAEMON_PULL_H
#define SLIPWAY_DAEMON_PULL_H

#include "base/error.h"
#include "daemon/engine.h"
#include "daemon/progress.h"

struct pull_request {
    const char *image;    /* "busybox", "localhost:5000/app:1", "app@sha256:..."; "latest" unless it says, or: */
    bool all_tags;        /* every tag of the repository; the name has none then */
    const char *platform; /* "linux/arm64/v8"; NULL or "": this machine's */
    const json_t
        *auth; /* as X-Registry-Auth holds it: {"username","password"} or {"identitytoken"} or {"registrytoken"}; NULL: none */
};

/* Blocks. What was pulled is found by its name afterwards. ENOENT for what the registry has not (Docker's status is 404), EINVAL
 * for a bad name, EPERM for "scratch", ECANCELED when `progress` says that nobody wants it any more; everything else is the
 * registry's fault, EIO or EPROTO. Nothing is told before the registry has shown a manifest. */
int image_pull(struct engine *engine, const struct pull_request *request, const struct progress *progress, struct error *err);

/* From the credentials of several registries, as X-Registry-Config has them ({"localhost:5000":{"username",...}}), those for
 * `image`; NULL when there are none. Borrowed. */
const json_t *pull_auth_of(const json_t *auths, const char *image);

#endif
