/* A container on disk: config.v2.json and hostconfig.json with Docker's keys, and the files that are bound into its /etc. */
#ifndef SLIPWAY_DAEMON_DISK_H
#define SLIPWAY_DAEMON_DISK_H

#include "daemon/engine.h"

/* Atomic; `sync` makes it survive a power cut (creation of containers that are meant to stay). */
int disk_save(struct instance *instance, bool sync, struct error *err);
/* Log a failure instead of giving it back: for changes that have already happened. Nothing is written for a container that will be
 * removed when it ends, apart from what recovery needs. */
void disk_note(struct instance *instance);
/* A container from its directory name; NULL when the directory holds no complete container. */
struct instance *disk_load(struct engine *engine, const char *id, struct error *err);
/* From now on the directory counts as half-made, whatever happens; a save that comes later writes nothing. */
void disk_forget(struct instance *instance);

/* hostname, hosts, resolv.conf in the container's directory; of a container whose endpoints are up. */
int disk_write_etc(struct instance *instance, const json_t *host_config, struct error *err);

/* NetworkSettings as config.v2.json and inspect have them (API form when `api`). */
json_t *network_settings(struct instance *instance, const json_t *host_config, bool api);
json_t *network_list(struct instance *instance, const json_t *host_config); /* its "Networks" alone */

#endif
