/* cgroup v1: `linux.resources` as values of control files (cgroup-v1/, runtime-spec config-linux.md#control-groups). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <string.h>

/* How a JSON value becomes a file's text. */
enum form { NUMBER, WORD, SWITCH, PIDS };

/* In writing order: memory before memory+swap (which may not be less), the period before the quota. */
static const struct row {
    const char *path, *controller, *file;
    enum form form;
    bool optional;
} rows[] = {
    {"memory.limit", "memory", "memory.limit_in_bytes", NUMBER, false},
    {"memory.swap", "memory", "memory.memsw.limit_in_bytes", NUMBER, false},
    {"memory.reservation", "memory", "memory.soft_limit_in_bytes", NUMBER, false},
    {"memory.kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", NUMBER, true},
    {"memory.swappiness", "memory", "memory.swappiness", NUMBER, false},
    {"memory.disableOOMKiller", "memory", "memory.oom_control", SWITCH, false},
    {"cpu.shares", "cpu", "cpu.shares", NUMBER, false},
    {"cpu.period", "cpu", "cpu.cfs_period_us", NUMBER, false},
    {"cpu.quota", "cpu", "cpu.cfs_quota_us", NUMBER, false},
    {"cpu.burst", "cpu", "cpu.cfs_burst_us", NUMBER, false},
    {"cpu.realtimePeriod", "cpu", "cpu.rt_period_us", NUMBER, false},
    {"cpu.realtimeRuntime", "cpu", "cpu.rt_runtime_us", NUMBER, false},
    {"cpu.idle", "cpu", "cpu.idle", NUMBER, false},
    {"cpu.cpus", "cpuset", "cpuset.cpus", WORD, false},
    {"cpu.mems", "cpuset", "cpuset.mems", WORD, false},
    {"pids.limit", "pids", "pids.max", PIDS, false},
    {"blockIO.weight", "blkio", "blkio.bfq.weight", NUMBER, true},
    {"blockIO.weight", "blkio", "blkio.weight", NUMBER, true},
    {"network.classID", "net_cls", "net_cls.classid", NUMBER, false},
};

static const struct {
    const char *key, *file;
} throttles[] = {
    {"throttleReadBpsDevice", "blkio.throttle.read_bps_device"},
    {"throttleWriteBpsDevice", "blkio.throttle.write_bps_device"},
    {"throttleReadIOPSDevice", "blkio.throttle.read_iops_device"},
    {"throttleWriteIOPSDevice", "blkio.throttle.write_iops_device"},
};

/* NULL when the value asks for nothing. Zero means "not set" to Docker and runc, except for swappiness. */
static char *text_of(const json_t *value, const struct row *row)
{
    if (row->form == WORD)
        return str_empty(json_string_value(value)) ? NULL : xstrdup(json_string_value(value));
    if (row->form == SWITCH)
        return json_is_true(value) ? xstrdup("1") : NULL;
    if (!json_is_number(value))
        return NULL;
    long long number = (long long)json_number_value(value);
    if (row->form == PIDS)
        return number > 0 ? str_format("%lld", number) : number < 0 ? xstrdup("max") : NULL;
    if (number == 0 && !str_ends(row->path, "swappiness"))
        return NULL;
    return str_format("%lld", number);
}

static void add_weights(const json_t *list, struct cgroup_values *out)
{
    static const char *const files[] = {"blkio.bfq.weight_device", "blkio.weight_device"};
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        for (size_t k = 0; k < ARRAY_LEN(files) && json_num(item, "weight", 0); k++)
            cgroup_values_add(
                out, "blkio", true, files[k],
                str_format("%lld:%lld %lld", json_num(item, "major", 0), json_num(item, "minor", 0), json_num(item, "weight", 0)));
    }
}

static void add_devices(const json_t *list, const char *file, struct cgroup_values *out)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        cgroup_values_add(
            out, "blkio", false, file,
            str_format("%lld:%lld %lld", json_num(item, "major", 0), json_num(item, "minor", 0), json_num(item, "rate", 0)));
    }
}

void cgroup_v1_values(const json_t *resources, struct cgroup_values *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *value = text_of(json_at(resources, rows[i].path), &rows[i]);
        if (value)
            cgroup_values_add(out, rows[i].controller, rows[i].optional, rows[i].file, value);
    }
    add_weights(json_at(resources, "blockIO.weightDevice"), out);
    for (size_t i = 0; i < ARRAY_LEN(throttles); i++)
        add_devices(json_object_get(json_object_get(resources, "blockIO"), throttles[i].key), throttles[i].file, out);
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(resources, "hugepageLimits"), i, item)
    {
        char *file cleanup_free = str_format("hugetlb.%s.limit_in_bytes", json_str(item, "pageSize", ""));
        cgroup_values_add(out, "hugetlb", false, file, str_format("%lld", json_num(item, "limit", 0)));
    }
    json_array_foreach(json_at(resources, "network.priorities"), i, item)
    {
        cgroup_values_add(out, "net_prio", false, "net_prio.ifpriomap",
                          str_format("%s %lld", json_str(item, "name", ""), json_num(item, "priority", 0)));
    }
}

/* "c 1:3 rwm"; -1 and a missing number mean any. */
static char *device_text(const json_t *rule)
{
    const char *type = str_or(json_str(rule, "type", NULL), "a"), *access = str_or(json_str(rule, "access", NULL), "rwm");
    if (*type == 'a')
        return str_format("a *:* %s", access);
    long long major = json_num(rule, "major", -1), minor = json_num(rule, "minor", -1);
    char *first cleanup_free = major < 0 ? xstrdup("*") : str_format("%lld", major);
    char *second cleanup_free = minor < 0 ? xstrdup("*") : str_format("%lld", minor);
    return str_format("%c %s:%s %s", *type == 'u' ? 'c' : *type, first, second, access);
}

int cgroup_v1_devices(struct steps *steps, const char *directory, const json_t *rules, struct error *err)
{
    size_t i;
    json_t *rule;
    if (namespace_confined()) {
        step_record(steps, step_start(), -EPERM, "cgroup write", directory,
                    "# device rules: not for a user namespace, whose root can open no device that was not given to it");
        return 0;
    }
    json_array_foreach(rules, i, rule)
    {
        char *text cleanup_free = device_text(rule);
        bool everything = text[0] == 'a';
        const char *file = json_flag(rule, "allow", false) ? "devices.allow" : "devices.deny";
        int rc = cgroup_write(steps, directory, file, everything ? "a" : text, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}
