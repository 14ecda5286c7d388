/* What a client asks for, brought into Docker's full form and checked, before anything is made.
 *
 * Messages are Docker's own: clients and people compare them.
 */
#ifndef SLIPWAY_DAEMON_CONFIG_H
#define SLIPWAY_DAEMON_CONFIG_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Docker's Config with every key, merged with the image's (an OCI image config). EINVAL on a wrong type or an empty command.
 * The hostname stays empty when none was given. */
json_t *config_complete(const json_t *given, const json_t *image, struct error *err);

/* Docker's HostConfig with every key. */
json_t *host_config_complete(const json_t *given, struct error *err);

/* Everything that can be wrong with the two without looking at other containers. */
int config_check(const json_t *config, const json_t *host_config, struct error *err);
int resources_check(const json_t *host_config, struct error *err);
int restart_policy_check(const json_t *host_config, struct error *err);

/* "0-2,5" against the machine's CPUs or memory nodes. */
int cpuset_check(const char *text, const char *kind, const char *available_path, struct error *err);

/* "SIGTERM", "term", "15" to a number; 0 when unknown. */
int signal_number(const char *text);

/* path and args[] of the container's process from Entrypoint and Cmd. */
void config_command(const json_t *config, const char **path, json_t **args);

/* MountPoints (destination -> {...}, Docker's keys) from Binds, Mounts, Volumes and Tmpfs. Nothing is made yet; EINVAL texts as
 * Docker's. A volume without a name has "Name":"" until mounts_prepare. */
json_t *mounts_parse(const json_t *config, const json_t *host_config, struct error *err);
/* Make volumes and missing bind sources of `-v`; fills in Name and Source. `made` (an array) lists anonymous volumes for an undo.
 */
int mounts_prepare(const char *data_root, json_t *mounts, json_t *made, struct error *err);
/* As the API's Mounts array. */
json_t *mounts_describe(const json_t *mounts);

#endif
