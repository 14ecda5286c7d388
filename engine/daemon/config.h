/* What a client asks for, brought into Docker's full form and checked, before anything is made.
 *
 * Messages are Docker's own: clients and people compare them.
 */
#ifndef SLIPWAY_DAEMON_CONFIG_H
#define SLIPWAY_DAEMON_CONFIG_H

#include "base/error.h"
#include "base/signal_names.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Docker's Config with every key, merged with the image's (an OCI image config). EINVAL on a wrong type or an empty command.
 * The hostname stays empty when none was given. */
json_t *config_complete(const json_t *given, const json_t *image, struct error *err);

/* Docker's HostConfig with every key. */
json_t *host_config_complete(const json_t *given, struct error *err);

/* What the daemon's configuration says where the request (`given`, may be NULL) says nothing: default-shm-size, default-ipc-mode,
 * default-cgroupns-mode, cgroup-parent, init, no-new-privileges, seccomp-profile. */
struct engine;
int host_config_defaults(struct engine *engine, const json_t *given, json_t *host_config, struct error *err);

/* Everything that can be wrong with the two without looking at other containers. */
int config_check(const json_t *config, const json_t *host_config, struct error *err);
int resources_check(const json_t *host_config, struct error *err);
/* What this kernel cannot do is taken out of `host_config`, with Docker's warning for each. Before resources_check. */
void resources_discard(json_t *host_config, json_t *warnings);
/* Devices, DeviceCgroupRules and DeviceRequests. */
int devices_check(const json_t *host_config, struct error *err);
bool device_rule_valid(const char *text); /* "c 1:5 rwm", "a *:* m" */

/* CapAdd, CapDrop and SecurityOpt. */
int security_check(const json_t *host_config, struct error *err);
/* What SecurityOpt says, the last word counting; texts are borrowed from it. */
struct security {
    bool no_new_privileges;
    const char *seccomp;  /* NULL: the default profile; "unconfined"; else a profile as JSON text */
    const char *apparmor; /* NULL or "unconfined": none */
};
int security_parse(const json_t *host_config, struct security *security, struct error *err);
int restart_policy_check(const json_t *host_config, struct error *err);

/* "0-2,5" against the machine's CPUs or memory nodes. */
int cpuset_check(const char *text, const char *kind, const char *available_path, struct error *err);

/* path and args[] of the container's process from Entrypoint and Cmd. */
void config_command(const json_t *config, const char **path, json_t **args);

/* MountPoints (destination -> {...}, Docker's keys) from Binds, Mounts, Volumes and Tmpfs. Nothing is made yet; EINVAL texts as
 * Docker's. A volume without a name has "Name":"" until mounts_name. */
json_t *mounts_parse(const json_t *config, const json_t *host_config, struct error *err);
/* "NAME[:ro]" of --volumes-from; `container` is allocated. */
int volumes_from_parse(const char *spec, char **container, bool *read_only, struct error *err);
/* The mounts of another container, unless this one has its own at the place; a VOLUME of the image gives way. */
void mounts_inherit(json_t *mounts, const json_t *theirs, bool read_only);
/* Draws the names that are missing and fills in where volumes lie. Nothing is made. */
void mounts_name(const char *data_root, json_t *mounts);
/* As the API's Mounts array. */
json_t *mounts_describe(const json_t *mounts);

#endif
