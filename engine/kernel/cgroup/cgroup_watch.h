/* Being told what happens in a group instead of asking: the OOM killer, memory pressure, and the group's end.
 *
 * v1: an eventfd is registered in cgroup.event_control for memory.oom_control or memory.pressure_level (cgroup-v1/memory.rst,
 * "OOM Control", "Memory Pressure"); the kernel signals it too when the group is removed. v2: inotify tells that memory.events or
 * cgroup.events changed (cgroup-v2.rst, "[Un]populated Notification"), and pressure is a trigger written to memory.pressure
 * (accounting/psi.rst).
 */
#ifndef SLIPWAY_KERNEL_CGROUP_CGROUP_WATCH_H
#define SLIPWAY_KERNEL_CGROUP_CGROUP_WATCH_H

#include "base/error.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/step.h"

enum cgroup_pressure { PRESSURE_LOW, PRESSURE_MEDIUM, PRESSURE_CRITICAL };

struct cgroup_watch {
    int fd;       /* to poll */
    short events; /* for these: POLLIN, or POLLPRI for a trigger of pressure on v2 */
    int control;  /* v1: the file that is watched, open as long as the watch */
    char *directory;
    long long kills; /* by the OOM killer, as last seen */
    bool unified, pressure;
};

/* What cgroup_watch_read found, or-ed together. */
enum { CGROUP_OOM = 1, CGROUP_PRESSURE = 2, CGROUP_EMPTY = 4 };

/* ENOTSUP when no memory controller is mounted, or the kernel has no pressure (PSI) for a group. */
int cgroup_watch_oom(struct steps *steps, const struct cgroup *cgroup, struct cgroup_watch *watch, struct error *err);
int cgroup_watch_pressure(struct steps *steps, const struct cgroup *cgroup, enum cgroup_pressure level, struct cgroup_watch *watch,
                          struct error *err);

/* Once poll(2) says that there is something: what it was (never blocks). CGROUP_OOM: the OOM killer struck, or holds a process when
 * it is disabled (v1). CGROUP_EMPTY: no process is left, or the group is gone; nothing will come any more. */
int cgroup_watch_read(struct cgroup_watch *watch);
void cgroup_watch_close(struct cgroup_watch *watch);

#endif
