/* cgroup v1: `linux.resources` as values of control files (cgroup-v1/, runtime-spec config-linux.md#control-groups). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <string.h>

/* How a JSON value becomes a file's text. Zero means "not set" to Docker and runc for a NUMBER; it is a value for a COUNT, and one
 * that needs no file for a DEFAULT_ZERO. */
enum form { NUMBER, COUNT, DEFAULT_ZERO, WORD, ONE, SWITCH, PIDS, OBSOLETE };

/* In writing order: memory before memory+swap (which may not be less), the period before the quota. */
static const struct row {
    const char *path, *controller, *file, *other;
    enum form form;
    bool optional;
} rows[] = {
    {"memory.useHierarchy", "memory", "memory.use_hierarchy", NULL, SWITCH, false},
    {"memory.limit", "memory", "memory.limit_in_bytes", NULL, NUMBER, false},
    {"memory.swap", "memory", "memory.memsw.limit_in_bytes", NULL, NUMBER, false},
    {"memory.reservation", "memory", "memory.soft_limit_in_bytes", NULL, NUMBER, false},
    {"memory.kernel", "memory", "memory.kmem.limit_in_bytes", NULL, OBSOLETE, true},
    {"memory.kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", NULL, NUMBER, true},
    {"memory.swappiness", "memory", "memory.swappiness", NULL, COUNT, false},
    {"memory.disableOOMKiller", "memory", "memory.oom_control", NULL, ONE, false},
    {"cpu.shares", "cpu", "cpu.shares", NULL, NUMBER, false},
    {"cpu.period", "cpu", "cpu.cfs_period_us", NULL, NUMBER, false},
    {"cpu.quota", "cpu", "cpu.cfs_quota_us", NULL, NUMBER, false},
    {"cpu.burst", "cpu", "cpu.cfs_burst_us", NULL, DEFAULT_ZERO, false},
    {"cpu.realtimePeriod", "cpu", "cpu.rt_period_us", NULL, NUMBER, false},
    {"cpu.realtimeRuntime", "cpu", "cpu.rt_runtime_us", NULL, NUMBER, false},
    {"cpu.idle", "cpu", "cpu.idle", NULL, DEFAULT_ZERO, false},
    {"cpu.cpus", "cpuset", "cpuset.cpus", NULL, WORD, false},
    {"cpu.mems", "cpuset", "cpuset.mems", NULL, WORD, false},
    {"pids.limit", "pids", "pids.max", NULL, PIDS, false},
    {"blockIO.weight", "blkio", "blkio.bfq.weight", "blkio.weight", NUMBER, false},
    {"blockIO.leafWeight", "blkio", "blkio.leaf_weight", NULL, NUMBER, false},
    {"network.classID", "net_cls", "net_cls.classid", NULL, NUMBER, false},
};

/* Members of the objects in blockIO's lists of devices. */
static const struct {
    const char *list, *member, *file, *other;
} devices[] = {
    {"weightDevice", "weight", "blkio.bfq.weight_device", "blkio.weight_device"},
    {"weightDevice", "leafWeight", "blkio.leaf_weight_device", NULL},
    {"throttleReadBpsDevice", "rate", "blkio.throttle.read_bps_device", NULL},
    {"throttleWriteBpsDevice", "rate", "blkio.throttle.write_bps_device", NULL},
    {"throttleReadIOPSDevice", "rate", "blkio.throttle.read_iops_device", NULL},
    {"throttleWriteIOPSDevice", "rate", "blkio.throttle.write_iops_device", NULL},
};

/* NULL when the value asks for nothing. */
static char *text_of(const json_t *value, enum form form)
{
    long long number = (long long)json_number_value(value);
    switch (form) {
    case WORD:
        return str_empty(json_string_value(value)) ? NULL : xstrdup(json_string_value(value));
    case ONE:
        return json_is_true(value) ? xstrdup("1") : NULL;
    case SWITCH:
        return json_is_boolean(value) ? xstrdup(json_is_true(value) ? "1" : "0") : NULL;
    case PIDS:
        return !json_is_number(value) ? NULL : number < 0 ? xstrdup("max") : str_format("%lld", number);
    case COUNT:
    case DEFAULT_ZERO:
        return json_is_number(value) && number >= 0 ? str_format("%lld", number) : NULL;
    case NUMBER:
    case OBSOLETE:
        break;
    }
    return number ? str_format("%lld", number) : NULL;
}

static void add_row(const json_t *resources, const struct row *row, struct cgroup_values *out)
{
    char *text = text_of(json_at(resources, row->path), row->form);
    if (!text)
        return;
    struct cgroup_value *value = cgroup_values_add(out, row->controller, row->file, text);
    value->other = row->other;
    value->optional = row->optional || (row->form == DEFAULT_ZERO && !strcmp(text, "0"));
    if (row->form == OBSOLETE)
        value->remark = "kernels count their own memory in the group's limit, and take no other (since Linux 5.16)";
}

/* To lift the limit of memory is to lift that of memory and swap, which bounds it. */
static void lift_swap(const json_t *resources, struct cgroup_values *out)
{
    if (json_num(resources, "memory.limit", 0) == -1 && json_num(resources, "memory.swap", 0) == 0)
        cgroup_values_add(out, "memory", "memory.memsw.limit_in_bytes", xstrdup("-1"))->optional = true;
}

static void add_devices(const json_t *block, struct cgroup_values *out)
{
    for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
        size_t at;
        json_t *item;
        json_array_foreach(json_object_get(block, devices[i].list), at, item)
        {
            if (!json_object_get(item, devices[i].member))
                continue;
            char *text = str_format("%lld:%lld %lld", json_num(item, "major", 0), json_num(item, "minor", 0),
                                    json_num(item, devices[i].member, 0));
            cgroup_values_add(out, "blkio", devices[i].file, text)->other = devices[i].other;
        }
    }
}

void cgroup_v1_values(const json_t *resources, struct cgroup_values *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        add_row(resources, &rows[i], out);
    lift_swap(resources, out);
    add_devices(json_object_get(resources, "blockIO"), out);
    cgroup_hugepage_values(json_object_get(resources, "hugepageLimits"), "limit_in_bytes", out);
    size_t i;
    json_t *item;
    json_array_foreach(json_at(resources, "network.priorities"), i, item)
    {
        cgroup_values_add(out, "net_prio", "net_prio.ifpriomap",
                          str_format("%s %lld", json_str(item, "name", ""), json_num(item, "priority", 0)));
    }
    cgroup_rdma_values(json_object_get(resources, "rdma"), out);
}
