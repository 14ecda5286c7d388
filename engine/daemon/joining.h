/* What a container takes from another one: --pid, --ipc and --network container:. */
#ifndef SLIPWAY_DAEMON_JOINING_H
#define SLIPWAY_DAEMON_JOINING_H

#include "daemon/engine.h"

/* The path of the namespace that HostConfig's "PidMode" or "IpcMode" (`key`) joins; *path NULL: one of its own. An IPC namespace
 * must be of a container that shares it. Docker's sentences. */
int joining_namespace(struct instance *instance, const json_t *host_config, const char *key, char **path, struct error *err);

/* The directory whose hostname, hosts and resolv.conf the container sees: with --network container: the other's, else its own. */
char *joining_etc(struct instance *instance, const json_t *host_config);

#endif
