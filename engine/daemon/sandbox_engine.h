/* The engine inside a lab machine ("engine": true): slipwayd with all its defaults, started by the machine's init when somebody
 * connects to /run/slipway.sock. Its programs are this engine's own, bound read-only; its data root lies in the learner's own
 * writable directory; of busybox:latest and registry:2 it has the records, and this store's files, bound read-only with their
 * owners mapped.
 */
#ifndef SLIPWAY_DAEMON_SANDBOX_ENGINE_H
#define SLIPWAY_DAEMON_SANDBOX_ENGINE_H

#include "daemon/engine.h"

/* Makes the data root `root` (a path on the host) with the records of the images. */
int sandbox_engine_files(struct engine *engine, const char *root, struct error *err);
/* What such a data root depends on, as text; owned. */
char *sandbox_engine_stamp(struct engine *engine);
/* Keeps the images' files for as long as the machine is there. */
int sandbox_engine_hold(struct instance *instance, struct error *err);
/* Appends what is to be mounted to the OCI list. */
int sandbox_engine_mounts(struct instance *instance, json_t *list, struct error *err);
/* A connection to its socket, which starts it. */
int sandbox_engine_connect(struct instance *instance, struct error *err);

#endif
