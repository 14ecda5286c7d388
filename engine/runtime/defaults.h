/* What a container is given when nobody says otherwise: Docker's defaults as pieces of an OCI config (runtime-spec).
 *
 * Every function returns a new document that the caller owns. The values are those of dockerd 20.10 and later, as seen in the
 * config.json that it writes: the fourteen capabilities, the masked and read-only paths, seven mounts, the device rules and the
 * conditional seccomp profile resolved for one set of capabilities.
 */
#ifndef SLIPWAY_RUNTIME_DEFAULTS_H
#define SLIPWAY_RUNTIME_DEFAULTS_H

#include <jansson.h>
#include <stdbool.h>

/* ["CAP_CHOWN", ...]: the fourteen of Docker, in Docker's order. */
json_t *runtime_default_capabilities(void);
/* All that this machine can give: those of the bounding set of the calling process (--privileged, --cap-add ALL). */
json_t *runtime_all_capabilities(void);
/* All but CAP_SYS_RESOURCE, with which a learner could raise the bounds on namespaces (/proc/sys/user); for init and for execs. */
json_t *runtime_sandbox_capabilities(void);
/* "CAP_NET_ADMIN" for "NET_ADMIN", "net_admin" or "cap_net_admin"; NULL for what this kernel does not have. Static storage. */
const char *runtime_capability_name(const char *name);
/* Docker's --cap-add and --cap-drop (ALL understood, any case, CAP_ prefix optional) applied to the defaults. A name that does not
 * exist is reported in *unknown (borrowed from the list) and gives NULL. Either list may be NULL or null. */
json_t *runtime_tweak_capabilities(const json_t *add, const json_t *drop, const char **unknown);
/* process.capabilities from such a list: bounding, effective and permitted; inheritable and ambient empty (CVE-2022-29162). A
 * process of another user than root has none effective unless the file it runs gives them: `root` false leaves effective and
 * permitted empty. */
json_t *runtime_capability_sets(const json_t *list, bool root);

json_t *runtime_default_masked_paths(void);
json_t *runtime_default_readonly_paths(void);

/* proc, dev, devpts, sysfs, cgroup, mqueue, shm. `privileged` makes sysfs and cgroup writable; `shm_size` in bytes, 0 for 64 MiB.
 */
json_t *runtime_default_mounts(bool privileged, long long shm_size);

/* linux.resources.devices: deny all, then the devices that every container has. `privileged`: allow all. */
json_t *runtime_default_device_rules(bool privileged);

/* The default devices work in every container, whatever its rules say first (config-linux.md#default-devices): adds to the end of
 * `resources`.devices what is missing of them. Nothing changes where there are no rules. */
void runtime_complete_device_rules(json_t *resources);

/* linux.namespaces, each new: mount, uts, ipc, pid, network, cgroup. Replace or remove what is shared. */
json_t *runtime_default_namespaces(void);

/* linux.seccomp: Docker's default profile resolved for this machine and for a container with these capabilities
 * (["CAP_..."]; NULL for the defaults). */
json_t *runtime_default_seccomp(json_t *capabilities);
/* linux.seccomp of a lab machine, whose root may mount, unshare and trace: everything, less what reaches the kernel itself (bpf,
 * io_uring, userfaultfd, kexec, modules, keyrings, perf). */
json_t *runtime_sandbox_seccomp(void);

/* A whole config.json that runs `sh` in ./rootfs: what `slipway-oci spec` writes, and a base for others. */
json_t *runtime_default_spec(bool rootless);

#endif
