/* What makes a container a lab machine: a learner who is root in it can do what root does on a small server, and nothing of it
 * reaches the host. The user namespace, the delegated cgroup and the idmapped root come from the config; here is the rest. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "runtime/setup.h"

#include <linux/mount.h>
#include <sched.h>

/* `ip netns exec` unmounts /sys and mounts its own; `unshare --mount-proc` likewise. The kernel allows that in a user namespace
 * only while another, fully visible instance exists (mount_too_revealing), so one of each is kept out of the way. */
static const struct {
    const char *type, *place;
} spares[] = {{"proc", "/usr/lib/slipway/proc"}, {"sysfs", "/usr/lib/slipway/sys"}};

int sandbox_finish(struct setup *setup, int root, struct error *err)
{
    struct mount_options options = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                                    .as_given = (char *)"nosuid,nodev,noexec"};
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(spares) && !rc; i++)
        rc = mount_at(setup->steps, root, spares[i].type, spares[i].type, spares[i].place, &options, err);
    /* A learner's own mount namespaces start as on a machine with systemd: mounts of the first are seen in the others. */
    return rc ? rc : mount_propagation(setup->steps, "/", (1 << 20) | 0x4000, err);
}
