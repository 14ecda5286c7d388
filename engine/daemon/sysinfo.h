/* What this machine's kernel lets a container be limited by: controllers, their files, security modules. Found out once; the
 * answers decide between Docker's "discarded" warnings, refusals and doing it. */
#ifndef SLIPWAY_DAEMON_SYSINFO_H
#define SLIPWAY_DAEMON_SYSINFO_H

#include <stdbool.h>

struct sysinfo_facts {
    bool cgroup_v2; /* no v1 controller is mounted */
    bool memory, memory_swap, memory_reservation, memory_swappiness, oom_kill_disable;
    bool cpu_shares, cpu_cfs, cpu_realtime, cpuset, pids;
    bool blkio_weight, blkio_weight_device, blkio_throttle;
    bool cgroup_namespaces, apparmor, selinux;
};

const struct sysinfo_facts *sysinfo_facts(void);

#endif
