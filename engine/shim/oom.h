/* Notices when the OOM killer strikes in the container's group: on v1 by an eventfd registered for memory.oom_control
 * (cgroup-v1/memory.rst, section 10), on v2 by polling memory.events (cgroup-v2.rst, "memory.events"). v1 tells
 * of it before it counts the kill, so the count is looked at again after a while. */
#ifndef SLIPWAY_SHIM_OOM_H
#define SLIPWAY_SHIM_OOM_H

#include "kernel/cgroup/cgroup.h"
#include "shim/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct shim_oom {
    const struct cgroup *group; /* borrowed; NULL: nothing is watched */
    struct shim_source source;
    int control;
    long long kills;
    int64_t deadline, patience; /* when to look again, monotonic; 0: nothing is expected */
    void (*killed)(struct shim_oom *oom);
};

/* `group` may be NULL, and is borrowed until shim_oom_close. Without one, or a memory controller, nothing is watched, and nothing
 * is ever killed by it. */
int shim_oom_open(struct shim_oom *oom, struct steps *steps, const struct cgroup *group, void (*killed)(struct shim_oom *oom),
                  struct error *err);
bool shim_oom_check(struct shim_oom *oom); /* look now: whether the count has grown, when `killed` was called */
void shim_oom_expire(struct shim_oom *oom, int64_t now);
void shim_oom_close(struct shim_oom *oom);

#endif
