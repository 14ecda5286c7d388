/* Which controllers are mounted, and which files they have. */
#include "daemon/sysinfo.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* A limit is there where its controller's root has the file (v1), or where v2 has the controller at all. NULL: v1 alone. */
static const struct {
    size_t fact;
    const char *v1, *file, *v2;
} limits[] = {
    {offsetof(struct sysinfo_facts, memory), "memory", "memory.limit_in_bytes", "memory"},
    {offsetof(struct sysinfo_facts, memory_swap), "memory", "memory.memsw.limit_in_bytes", "memory"},
    {offsetof(struct sysinfo_facts, memory_reservation), "memory", "memory.soft_limit_in_bytes", "memory"},
    {offsetof(struct sysinfo_facts, memory_swappiness), "memory", "memory.swappiness", NULL},
    {offsetof(struct sysinfo_facts, oom_kill_disable), "memory", "memory.oom_control", NULL},
    {offsetof(struct sysinfo_facts, cpu_shares), "cpu", "cpu.shares", "cpu"},
    {offsetof(struct sysinfo_facts, cpu_cfs), "cpu", "cpu.cfs_quota_us", "cpu"},
    {offsetof(struct sysinfo_facts, cpu_realtime), "cpu", "cpu.rt_period_us", NULL},
    {offsetof(struct sysinfo_facts, cpuset), "cpuset", "cpuset.cpus", "cpuset"},
    {offsetof(struct sysinfo_facts, pids), "pids", "cgroup.procs", "pids"},
    {offsetof(struct sysinfo_facts, blkio_weight), "blkio", "blkio.weight", "io"},
    {offsetof(struct sysinfo_facts, blkio_weight_device), "blkio", "blkio.weight_device", "io"},
    {offsetof(struct sysinfo_facts, blkio_throttle), "blkio", "blkio.throttle.read_bps_device", "io"},
};

static struct sysinfo_facts facts;

static bool has_file(const struct cgroup *root, const struct hierarchy *hierarchy, const char *file)
{
    cleanup_free char *directory = cgroup_directory(root, hierarchy), *path = path_join(directory, file);
    return path_exists(path);
}

static void find_out(void)
{
    struct cgroup root;
    facts.cgroup_namespaces = path_exists("/proc/self/ns/cgroup");
    facts.selinux = path_exists("/sys/fs/selinux/enforce");
    cleanup_free char *apparmor = file_read("/sys/module/apparmor/parameters/enabled", NULL, NULL);
    facts.apparmor = apparmor && *apparmor == 'Y';
    if (cgroup_open("/", &root, NULL) < 0)
        return;
    facts.cgroup_v2 = root.count == 1 && root.hierarchies[0].unified;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        bool *fact = (bool *)((char *)&facts + limits[i].fact);
        const struct hierarchy *v1 = cgroup_find(&root, limits[i].v1), *v2 = limits[i].v2 ? cgroup_find(&root, limits[i].v2) : NULL;
        *fact = (v2 && v2->unified) || (v1 && !v1->unified && has_file(&root, v1, limits[i].file));
    }
    cgroup_close(&root);
}

const struct sysinfo_facts *sysinfo_facts(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_out);
    return &facts;
}
