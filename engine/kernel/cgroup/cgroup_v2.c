/* cgroup v2: the same `linux.resources` as values of the unified hierarchy's files (cgroup-v2.rst). Where v1 and v2 count
 * differently the conversions are those that runc and crun use, so that one config means one thing. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <math.h>
#include <string.h>

/* Between 2, 1024 and 262144 the curve goes through 1, 100 and 10000: a parabola of the exponent. */
unsigned long long cgroup_cpu_weight(unsigned long long shares)
{
    if (shares <= 2)
        return 1;
    if (shares >= 262144)
        return 10000;
    double power = log2((double)shares);
    return (unsigned long long)ceil(pow(10, (power * power + 125 * power) / 612.0 - 7.0 / 34.0));
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

static void refuse(struct cgroup_values *out, const char *controller, const char *member, const char *why)
{
    cgroup_values_add(out, controller, member, xstrdup(""))->refused = why;
}

/* v1 limits memory and swap together, v2 each alone. */
static void add_swap(long long limit, long long swap, struct cgroup_values *out)
{
    if (swap == 0 && limit != -1)
        return;
    if (swap > 0 && limit == 0) {
        refuse(out, "memory", "memory.swap",
               "cgroup v2 limits swap apart: without memory.limit there is nothing to take from the sum");
        return;
    }
    long long alone = swap <= 0 ? -1 : limit < 0 ? swap : swap - limit;
    /* Without swap in the kernel the file is missing, and there is none to be limited. */
    cgroup_values_add(out, "memory", "memory.swap.max", number_or_max(alone))->optional = alone <= 0;
}

static void add_memory(const json_t *resources, struct cgroup_values *out)
{
    long long limit = json_num(resources, "memory.limit", 0), reservation = json_num(resources, "memory.reservation", 0);
    const json_t *hierarchy = json_at(resources, "memory.useHierarchy");
    add_swap(limit, json_num(resources, "memory.swap", 0), out);
    if (limit)
        cgroup_values_add(out, "memory", "memory.max", number_or_max(limit));
    if (reservation)
        cgroup_values_add(out, "memory", "memory.low", number_or_max(reservation));
    if (json_is_number(json_at(resources, "memory.swappiness")))
        refuse(out, "memory", "memory.swappiness", "cgroup v2 has no swappiness of groups");
    if (json_flag(resources, "memory.disableOOMKiller", false))
        refuse(out, "memory", "memory.disableOOMKiller", "the OOM killer cannot be disabled with cgroup v2");
    if (hierarchy && json_is_false(hierarchy))
        refuse(out, "memory", "memory.useHierarchy", "cgroup v2 always counts what is below");
    static const char *const kernel[] = {"memory.kernel", "memory.kernelTCP"};
    for (size_t i = 0; i < ARRAY_LEN(kernel); i++)
        if (json_num(resources, kernel[i], 0))
            cgroup_values_add(out, "memory", kernel[i], xstrdup(""))->remark =
                "cgroup v2 counts the kernel's memory in the group's limit, and takes no other";
}

/* cpu.max is "QUOTA PERIOD": each is kept when the other alone is given. */
static void add_bandwidth(const json_t *resources, struct cgroup_values *out)
{
    long long quota = json_num(resources, "cpu.quota", 0), period = json_num(resources, "cpu.period", 0);
    char *text cleanup_free = number_or_max(quota > 0 ? quota : -1);
    if (quota && period > 0)
        cgroup_values_add(out, "cpu", "cpu.max", str_format("%s %lld", text, period));
    else if (quota)
        cgroup_values_add(out, "cpu", "cpu.max", move_ptr(text));
    else if (period > 0)
        cgroup_values_add(out, "cpu", "cpu.max", str_format("%lld", period))->keep_first = true;
}

static void add_cpu(const json_t *resources, struct cgroup_values *out)
{
    long long shares = json_num(resources, "cpu.shares", 0), burst = json_num(resources, "cpu.burst", -1),
              idle = json_num(resources, "cpu.idle", -1);
    if (shares > 0)
        cgroup_values_add(out, "cpu", "cpu.weight", str_format("%llu", cgroup_cpu_weight((unsigned long long)shares)));
    add_bandwidth(resources, out);
    if (burst >= 0)
        cgroup_values_add(out, "cpu", "cpu.max.burst", str_format("%lld", burst))->optional = burst == 0;
    if (idle >= 0)
        cgroup_values_add(out, "cpu", "cpu.idle", str_format("%lld", idle))->optional = idle == 0;
    if (json_num(resources, "cpu.realtimeRuntime", 0) || json_num(resources, "cpu.realtimePeriod", 0))
        refuse(out, "cpu", "cpu.realtimeRuntime", "cgroup v2 does not divide the time of realtime processes");
    const char *cpus = json_str(resources, "cpu.cpus", ""), *mems = json_str(resources, "cpu.mems", "");
    if (*cpus)
        cgroup_values_add(out, "cpuset", "cpuset.cpus", xstrdup(cpus));
    if (*mems)
        cgroup_values_add(out, "cpuset", "cpuset.mems", xstrdup(mems));
}

/* The scheduler bfq takes v1's weights as they are; the cost model has a range of its own. Each has a file, where it is there. */
static void add_weight(const char *device, long long weight, struct cgroup_values *out)
{
    if (weight <= 0)
        return;
    unsigned long long converted = cgroup_io_weight((unsigned long long)weight);
    struct cgroup_value *bfq =
        cgroup_values_add(out, "io", "io.bfq.weight", str_format("%s%s%lld", device, *device ? " " : "", weight));
    bfq->optional = true;
    struct cgroup_value *cost =
        cgroup_values_add(out, "io", "io.weight", str_format("%s%s%llu", device, *device ? " " : "", converted));
    cost->unless = "io.bfq.weight";
}

static void add_weights(const json_t *block, struct cgroup_values *out)
{
    size_t at;
    json_t *device;
    add_weight("", json_num(block, "weight", 0), out);
    if (json_num(block, "leafWeight", 0))
        refuse(out, "io", "blockIO.leafWeight", "cgroup v2 has no leaf weight");
    json_array_foreach(json_object_get(block, "weightDevice"), at, device)
    {
        char *name cleanup_free = str_format("%lld:%lld", json_num(device, "major", 0), json_num(device, "minor", 0));
        add_weight(name, json_num(device, "weight", 0), out);
        if (json_num(device, "leafWeight", 0))
            refuse(out, "io", "blockIO.weightDevice.leafWeight", "cgroup v2 has no leaf weight");
    }
}

static void add_throttles(const json_t *block, struct cgroup_values *out)
{
    static const struct {
        const char *key, *word;
    } throttles[] = {{"throttleReadBpsDevice", "rbps"},
                     {"throttleWriteBpsDevice", "wbps"},
                     {"throttleReadIOPSDevice", "riops"},
                     {"throttleWriteIOPSDevice", "wiops"}};
    for (size_t i = 0; i < ARRAY_LEN(throttles); i++) {
        size_t k;
        json_t *item;
        json_array_foreach(json_object_get(block, throttles[i].key), k, item)
        {
            /* v1 lifts a limit by zero, v2 by a word. */
            char *rate cleanup_free = number_or_max(json_num(item, "rate", 0) > 0 ? json_num(item, "rate", 0) : -1);
            cgroup_values_add(
                out, "io", "io.max",
                str_format("%lld:%lld %s=%s", json_num(item, "major", 0), json_num(item, "minor", 0), throttles[i].word, rate));
        }
    }
}

/* Reservations are limited where the kernel counts them, and what is in use. */
void cgroup_hugepage_values(const json_t *list, const char *limit, struct cgroup_values *out)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *size = json_str(item, "pageSize", "");
        char *used cleanup_free = str_format("hugetlb.%s.%s", size, limit),
                   *reserved cleanup_free = str_format("hugetlb.%s.rsvd.%s", size, limit);
        cgroup_values_add(out, "hugetlb", used, str_format("%lld", json_num(item, "limit", 0)));
        cgroup_values_add(out, "hugetlb", reserved, str_format("%lld", json_num(item, "limit", 0)))->optional = true;
    }
}

void cgroup_rdma_values(const json_t *devices, struct cgroup_values *out)
{
    const char *device;
    json_t *item;
    json_object_foreach((json_t *)devices, device, item)
    {
        struct buf text = BUF_INIT;
        buf_puts(&text, device);
        if (json_is_integer(json_object_get(item, "hcaHandles")))
            buf_printf(&text, " hca_handle=%lld", json_num(item, "hcaHandles", 0));
        if (json_is_integer(json_object_get(item, "hcaObjects")))
            buf_printf(&text, " hca_object=%lld", json_num(item, "hcaObjects", 0));
        cgroup_values_add(out, "rdma", "rdma.max", buf_take(&text));
    }
}

/* "memory.high" belongs to the controller before the first dot. A text of several lines is several values: the kernel takes one
 * device at a time. */
static void add_unified(const char *file, const char *text, struct cgroup_values *out)
{
    size_t len = strcspn(file, ".");
    char *controller cleanup_free = xstrndup(file, len);
    if (strchr(file, '/') || !len || !file[len]) {
        struct cgroup_value *bad = cgroup_values_add(out, "cgroup", file, xstrdup(""));
        bad->own = true;
        bad->refused = strchr(file, '/') ? "a key of linux.resources.unified must be a file name, without a slash"
                                         : "a key of linux.resources.unified has the form CONTROLLER.PARAMETER";
        return;
    }
    char **lines cleanup_strv = str_split(text, '\n');
    for (size_t i = 0; lines && lines[i]; i++)
        if (*lines[i] || !lines[1])
            cgroup_values_add(out, controller, file, xstrdup(lines[i]))->own = true;
}

void cgroup_v2_values(const json_t *resources, struct cgroup_values *out)
{
    const json_t *block = json_object_get(resources, "blockIO"), *pids = json_at(resources, "pids.limit");
    add_memory(resources, out);
    add_cpu(resources, out);
    add_weights(block, out);
    add_throttles(block, out);
    if (json_is_number(pids)) { /* init is born in the group and counts; that it is alone is what a limit of none comes to */
        long long most = json_integer_value(pids);
        cgroup_values_add(out, "pids", "pids.max", number_or_max(most == 0 ? 1 : most));
    }
    cgroup_hugepage_values(json_object_get(resources, "hugepageLimits"), "max", out);
    cgroup_rdma_values(json_object_get(resources, "rdma"), out);
    const char *file;
    json_t *item;
    json_object_foreach(json_object_get(resources, "unified"), file, item)
    {
        if (json_string_value(item))
            add_unified(file, json_string_value(item), out);
    }
}
