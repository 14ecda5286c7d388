/* cgroup v2: the same `linux.resources` as values of the unified hierarchy's files (cgroup-v2.rst). Where v1 and v2 count
 * differently the conversions are those that runc and crun use, so that one config means one thing. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup.h"

unsigned long long cgroup_cpu_weight(unsigned long long shares)
{
    if (shares < 2)
        shares = 2;
    if (shares > 262144)
        shares = 262144;
    return 1 + (shares - 2) * 9999 / 262142;
}

unsigned long long cgroup_io_weight(unsigned long long weight)
{
    if (weight < 10)
        weight = 10;
    if (weight > 1000)
        weight = 1000;
    return 1 + (weight - 10) * 9999 / 990;
}

static char *number_or_max(long long number) { return number < 0 ? xstrdup("max") : str_format("%lld", number); }

static void add_memory(const json_t *resources, struct cgroup_values *out)
{
    long long limit = json_num(resources, "memory.limit", 0), swap = json_num(resources, "memory.swap", 0),
              reservation = json_num(resources, "memory.reservation", 0);
    if (limit)
        cgroup_values_add(out, "memory", false, "memory.max", number_or_max(limit));
    /* v1 limits memory and swap together, v2 each alone. Without swap in the kernel the file is missing. */
    if (swap < 0)
        cgroup_values_add(out, "memory", true, "memory.swap.max", xstrdup("max"));
    else if (swap && limit > 0 && swap >= limit)
        cgroup_values_add(out, "memory", true, "memory.swap.max", number_or_max(swap - limit));
    if (reservation)
        cgroup_values_add(out, "memory", false, "memory.low", number_or_max(reservation));
}

static void add_cpu(const json_t *resources, struct cgroup_values *out)
{
    long long shares = json_num(resources, "cpu.shares", 0), quota = json_num(resources, "cpu.quota", 0),
              period = json_num(resources, "cpu.period", 0), burst = json_num(resources, "cpu.burst", 0),
              idle = json_num(resources, "cpu.idle", 0);
    if (shares > 0)
        cgroup_values_add(out, "cpu", false, "cpu.weight", str_format("%llu", cgroup_cpu_weight((unsigned long long)shares)));
    if (quota || period) {
        char *text cleanup_free = quota > 0 ? str_format("%lld", quota) : xstrdup("max");
        cgroup_values_add(out, "cpu", false, "cpu.max", str_format("%s %lld", text, period > 0 ? period : 100000));
    }
    if (burst)
        cgroup_values_add(out, "cpu", false, "cpu.max.burst", str_format("%lld", burst));
    if (idle)
        cgroup_values_add(out, "cpu", false, "cpu.idle", str_format("%lld", idle));
    const char *cpus = json_str(resources, "cpu.cpus", ""), *mems = json_str(resources, "cpu.mems", "");
    if (*cpus)
        cgroup_values_add(out, "cpuset", false, "cpuset.cpus", xstrdup(cpus));
    if (*mems)
        cgroup_values_add(out, "cpuset", false, "cpuset.mems", xstrdup(mems));
}

static void add_io(const json_t *resources, struct cgroup_values *out)
{
    static const struct {
        const char *key, *word;
    } throttles[] = {{"throttleReadBpsDevice", "rbps"},
                     {"throttleWriteBpsDevice", "wbps"},
                     {"throttleReadIOPSDevice", "riops"},
                     {"throttleWriteIOPSDevice", "wiops"}};
    const json_t *block = json_object_get(resources, "blockIO");
    long long weight = json_num(block, "weight", 0);
    if (weight > 0) {
        cgroup_values_add(out, "io", true, "io.bfq.weight", str_format("%lld", weight));
        cgroup_values_add(out, "io", true, "io.weight", str_format("%llu", cgroup_io_weight((unsigned long long)weight)));
    }
    size_t at;
    json_t *device;
    json_array_foreach(json_object_get(block, "weightDevice"), at, device)
    {
        long long major = json_num(device, "major", 0), minor = json_num(device, "minor", 0), own = json_num(device, "weight", 0);
        if (own <= 0)
            continue;
        cgroup_values_add(out, "io", true, "io.bfq.weight", str_format("%lld:%lld %lld", major, minor, own));
        cgroup_values_add(out, "io", true, "io.weight",
                          str_format("%lld:%lld %llu", major, minor, cgroup_io_weight((unsigned long long)own)));
    }
    for (size_t i = 0; i < ARRAY_LEN(throttles); i++) {
        size_t k;
        json_t *item;
        json_array_foreach(json_object_get(block, throttles[i].key), k, item)
        {
            cgroup_values_add(out, "io", false, "io.max",
                              str_format("%lld:%lld %s=%lld", json_num(item, "major", 0), json_num(item, "minor", 0),
                                         throttles[i].word, json_num(item, "rate", 0)));
        }
    }
}

void cgroup_v2_values(const json_t *resources, struct cgroup_values *out)
{
    add_memory(resources, out);
    add_cpu(resources, out);
    add_io(resources, out);
    long long pids = json_num(resources, "pids.limit", 0);
    if (pids)
        cgroup_values_add(out, "pids", false, "pids.max", number_or_max(pids));
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(resources, "hugepageLimits"), i, item)
    {
        char *file cleanup_free = str_format("hugetlb.%s.max", json_str(item, "pageSize", ""));
        cgroup_values_add(out, "hugetlb", false, file, str_format("%lld", json_num(item, "limit", 0)));
    }
    const char *file;
    json_object_foreach(json_object_get(resources, "unified"), file, item)
    {
        /* "memory.high" belongs to the controller before the first dot; the key lives as long as the resources do */
        static const char *const known[] = {"cpu", "cpuset", "io", "memory", "pids", "hugetlb", "rdma", "misc", "cgroup"};
        for (size_t k = 0; k < ARRAY_LEN(known); k++) {
            char *dotted cleanup_free = str_format("%s.", known[k]);
            if (str_starts(file, dotted) && json_string_value(item))
                cgroup_values_add(out, known[k], false, file, xstrdup(json_string_value(item)));
        }
    }
}
