/* Which container uses which volume, and what follows from it: a volume is filled when its first container is made, mounted when
 * it has something to mount while one runs, never removed under one. engine/volume knows how; here is when. */
#ifndef SLIPWAY_DAEMON_VOLUMES_H
#define SLIPWAY_DAEMON_VOLUMES_H

#include "daemon/engine.h"

/* Made when it is missing, with a "create" event. Gives what GET /volumes/{name} would. */
json_t *volumes_create(struct engine *engine, const char *name, const json_t *labels, const json_t *options, struct error *err);

/* Make the volumes of a container that is in the table, and fill the new ones from its image. `made`: names of the anonymous ones,
 * for an undo. */
int volumes_prepare(struct instance *instance, const struct rootfs *rootfs, json_t *made, struct error *err);

/* The mounts of the containers that HostConfig.VolumesFrom names, into `mounts`. */
int volumes_inherit(struct engine *engine, const json_t *host_config, json_t *mounts, struct error *err);

/* For the time that it runs: the sources of its bind mounts are there, volumes with options are mounted. Release is for the end of
 * a run, whatever way it came; it does nothing the second time. */
int volumes_hold(struct instance *instance, struct error *err);
void volumes_release(struct instance *instance);

/* Those that nobody gave a name to, when their last container goes. The instance is out of the table. */
void volumes_drop_anonymous(struct instance *instance);
void volumes_clear(struct engine *engine); /* the slow half of it: their files */

/* Ids of the containers that have the volume among their mounts. */
json_t *volumes_users(struct engine *engine, const char *name);
/* EBUSY "remove NAME: volume is in use - [ids]", ENOENT "get NAME: no such volume". */
int volumes_remove(struct engine *engine, const char *name, struct error *err);

/* All that no container uses (only anonymous ones unless `all`) and that `wanted` (may be NULL) lets pass: as POST /volumes/prune
 * answers. */
json_t *volumes_prune(struct engine *engine, bool all, bool (*wanted)(const json_t *volume, const void *data), const void *data);

/* GET /volumes with UsageData, as GET /system/df has it. */
json_t *volumes_usage(struct engine *engine);

/* After a start: unmount what no running container holds, clear away halves. */
void volumes_settle(struct engine *engine);

#endif
