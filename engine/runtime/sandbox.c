/* What makes a container a lab machine: a learner who is root in it can do what root does on a small server, and nothing of it
 * reaches the host. The user namespace, the delegated cgroup and the idmapped root come from the config; here is the rest. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>

/* `ip netns exec` unmounts /sys and mounts its own; `unshare --mount-proc` likewise. The kernel allows that in a user namespace
 * only while another, fully visible instance exists (mount_too_revealing), so one of each is kept out of the way. */
static const struct {
    const char *type, *place;
} spares[] = {{"proc", "/usr/lib/slipway/proc"}, {"sysfs", "/usr/lib/slipway/sys"}};

/* How many of them a learner may have: each holds kernel memory that no cgroup counts in full (namespaces(7), inotify(7),
 * /proc/sys/user). A bound that this kernel does not have is passed over. */
static const struct {
    const char *sysctl, *most;
    bool optional;
} bounds[] = {
    {"user.max_user_namespaces", "64", false},   {"user.max_net_namespaces", "64", false},
    {"user.max_pid_namespaces", "256", false},   {"user.max_mnt_namespaces", "256", false},
    {"user.max_ipc_namespaces", "256", false},   {"user.max_uts_namespaces", "256", false},
    {"user.max_cgroup_namespaces", "256", true}, {"user.max_time_namespaces", "64", true},
    {"user.max_inotify_instances", "128", true}, {"user.max_inotify_watches", "16384", true},
    {"user.max_fanotify_groups", "16", true},    {"user.max_fanotify_marks", "4096", true},
};

bool sandbox_wanted(const json_t *config) { return str_equal(runtime_annotation(config, "org.slipway.sandbox"), "1"); }

void sandbox_capabilities(struct capability_sets *sets)
{
    const uint64_t resource = (uint64_t)1 << CAP_SYS_RESOURCE;
    sets->bounding &= ~resource;
    sets->effective &= ~resource;
    sets->permitted &= ~resource;
    sets->inheritable &= ~resource;
    sets->ambient &= ~resource;
}

static int bound_namespaces(struct setup *setup, int root, struct error *err)
{
    int rc = 0;
    sandbox_capabilities(&setup->program.capabilities);
    int proc cleanup_close = root_open(root, spares[0].place, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < ARRAY_LEN(bounds) && !rc; i++) {
        struct error why = ERROR_INIT;
        rc = process_sysctl(setup->steps, proc, bounds[i].sysctl, bounds[i].most, CLONE_NEWUSER, &why);
        if (rc < 0 && bounds[i].optional && why.code == ENOENT)
            rc = 0;
        else if (rc < 0)
            *err = why;
    }
    return rc;
}

int sandbox_finish(struct setup *setup, int root, struct error *err)
{
    struct mount_options options = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                                    .as_given = (char *)"nosuid,nodev,noexec"};
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(spares) && !rc; i++)
        rc = mount_at(setup->steps, root, spares[i].type, spares[i].type, spares[i].place, &options, err);
    if (!rc)
        rc = bound_namespaces(setup, root, err);
    /* A learner's own mount namespaces start as on a machine with systemd: mounts of the first are seen in the others. */
    return rc ? rc : mount_propagation(setup->steps, "/", (1 << 20) | 0x4000, err);
}
