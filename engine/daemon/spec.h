/* From a container's Config and HostConfig to the OCI config.json that the shim hands to the runtime (runtime-spec). */
#ifndef SLIPWAY_DAEMON_SPEC_H
#define SLIPWAY_DAEMON_SPEC_H

#include "daemon/engine.h"

struct spec_input {
    struct instance *instance;
    const json_t *host_config;
    const struct rootfs *rootfs;
    const char *network_path; /* namespace to join; NULL: none is created either (host) */
    const char *pid_path;     /* pid and ipc namespaces of another container; NULL for own */
    const char *ipc_path;
    const char *etc; /* directory of hostname, hosts and resolv.conf */
};

json_t *spec_build(const struct spec_input *input, struct error *err);

/* The pieces. */
json_t *spec_mounts(const struct spec_input *input, struct error *err);
int spec_devices(const json_t *host_config, json_t *linux_devices, json_t *rules, struct error *err);
json_t *spec_rlimits(struct engine *engine, const json_t *host_config);
json_t *spec_resources(const json_t *host_config);
/* Weights and throttles of single devices into such resources; EIO when a device is not there. */
int spec_block_devices(const json_t *host_config, json_t *resources, struct error *err);

/* What one process of a container runs as: the init, or an exec. Missing members come from the container's config. */
struct process_request {
    json_t *args;      /* borrowed */
    const json_t *env; /* added to, and winning over, the container's; may be NULL */
    const char *user;  /* NULL: the container's */
    const char *workdir;
    bool tty, privileged;
};
json_t *spec_process(struct instance *instance, const json_t *host_config, const struct rootfs *rootfs,
                     const struct process_request *request, struct error *err);

/* "name", "uid", "name:group" ... against the image's own /etc/passwd and /etc/group, which are read layer by layer and never
 * through a link that leads out of its layer. EIO with runc's sentence when a name is unknown. */
struct user {
    uint32_t uid, gid;
    uint32_t groups[64];
    size_t group_count;
    char home[256];
};
int spec_user(const struct rootfs *rootfs, const char *text, const json_t *group_add, struct user *user, struct error *err);

#endif
