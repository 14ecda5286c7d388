/* Limits: what Docker refuses, what it discards with a warning because the kernel lacks it. Words and order are dockerd's. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/sysinfo.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_LEAST = 6 << 20 };

/* Marks the numbers of "0-2,5" in `set`; false when malformed. */
static bool cpuset_parse(const char *text, bool *set, size_t room)
{
    while (*text) {
        char *end;
        if (!isdigit((unsigned char)*text))
            return false;
        unsigned long from = strtoul(text, &end, 10), to = from;
        if (*end == '-') {
            if (!isdigit((unsigned char)end[1]))
                return false;
            to = strtoul(end + 1, &end, 10);
        }
        if (to < from || to >= room)
            return false;
        for (unsigned long i = from; i <= to; i++)
            set[i] = true;
        if (*end == ',' && end[1])
            end++;
        else if (*end)
            return false;
        text = end;
    }
    return true;
}

int cpuset_check(const char *text, const char *kind, const char *available_path, struct error *err)
{
    enum { MOST = 8192 };
    if (!*text)
        return 0;
    bool wanted[MOST] = {0}, there[MOST] = {0};
    bool cpus = str_equal(kind, "cpus");
    if (!cpuset_parse(text, wanted, MOST))
        return error_set(err, EINVAL, "Invalid value %s for cpuset %s: invalid format: %s", text, kind, text);
    cleanup_free char *available = file_read(available_path, NULL, NULL);
    if (!available)
        return 0; /* no NUMA information: the kernel decides */
    char *list = str_trim(available);
    if (!cpuset_parse(list, there, MOST))
        return 0;
    for (size_t i = 0; i < MOST; i++)
        if (wanted[i] && !there[i])
            return error_set(err, EINVAL, "Requested %s are not available - requested %s, available: %s",
                             cpus ? "CPUs" : "memory nodes", text, list);
    return 0;
}

static int memory_check(const json_t *host, struct error *err)
{
    long long memory = json_num(host, "Memory", 0), swap = json_num(host, "MemorySwap", 0);
    long long reservation = json_num(host, "MemoryReservation", 0), swappiness = json_num(host, "MemorySwappiness", -1);
    long long kernel = json_num(host, "KernelMemory", 0);
    if (memory < 0 || (memory != 0 && memory < MEMORY_LEAST))
        return error_set(err, EINVAL, "Minimum memory limit allowed is 6MB");
    if (memory > 0 && swap > 0 && swap < memory)
        return error_set(err, EINVAL, "Minimum memoryswap limit should be larger than memory limit, see usage");
    if (memory == 0 && swap > 0)
        return error_set(err, EINVAL, "You should always set the Memory limit when using Memoryswap limit, see usage");
    if (swappiness < -1 || swappiness > 100)
        return error_set(err, EINVAL, "Invalid value: %lld, valid memory swappiness range is 0-100", swappiness);
    if (reservation > 0 && reservation < MEMORY_LEAST)
        return error_set(err, EINVAL, "Minimum memory reservation allowed is 6MB");
    if (memory > 0 && reservation > 0 && memory < reservation)
        return error_set(err, EINVAL, "Minimum memory limit can not be less than memory reservation limit, see usage");
    if (kernel > 0 && kernel < MEMORY_LEAST)
        return error_set(err, EINVAL, "Minimum kernel memory limit allowed is 6MB");
    return 0;
}

static int realtime_check(const json_t *host, struct error *err)
{
    long long period = json_num(host, "CpuRealtimePeriod", 0), runtime = json_num(host, "CpuRealtimeRuntime", 0);
    if ((period || runtime) && !sysinfo_facts()->cpu_realtime)
        return error_set(err, EINVAL, "kernel does not support CPU real-time scheduler");
    if (period && runtime && runtime > period)
        return error_set(err, EINVAL, "cpu real-time runtime cannot be higher than cpu real-time period");
    return 0;
}

static int cpu_check(const json_t *host, struct error *err)
{
    long long nano = json_num(host, "NanoCpus", 0), period = json_num(host, "CpuPeriod", 0), quota = json_num(host, "CpuQuota", 0);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (nano > 0 && period > 0)
        return error_set(err, EINVAL, "Conflicting options: Nano CPUs and CPU Period cannot both be set");
    if (nano > 0 && quota > 0)
        return error_set(err, EINVAL, "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    if (nano > 0 && !sysinfo_facts()->cpu_cfs)
        return error_set(err, EINVAL,
                         "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted");
    if (nano < 0 || nano > cpus * 1000000000LL)
        return error_set(err, EINVAL, "Range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs available", cpus, cpus);
    if (period != 0 && (period < 1000 || period > 1000000))
        return error_set(err, EINVAL, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    if (quota > 0 && quota < 1000)
        return error_set(err, EINVAL, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    if (json_num(host, "CpuShares", 0) < 0)
        return error_set(err, EINVAL, "invalid CPU shares (%lld): value must be a positive integer",
                         json_num(host, "CpuShares", 0));
    int rc = realtime_check(host, err);
    if (rc == 0)
        rc = cpuset_check(json_str(host, "CpusetCpus", ""), "cpus", "/sys/devices/system/cpu/online", err);
    if (rc == 0)
        rc = cpuset_check(json_str(host, "CpusetMems", ""), "mems", "/sys/devices/system/node/online", err);
    return rc;
}

/* A throttle that nobody would keep is refused: its reader would take the container for a slow one. */
static int block_check(const json_t *host, struct error *err)
{
    static const struct {
        const char *key, *what;
    } throttles[] = {{"BlkioDeviceReadBps", "BPS Block I/O read limit"},
                     {"BlkioDeviceWriteBps", "BPS Block I/O write limit"},
                     {"BlkioDeviceReadIOps", "IOPS Block read limit"},
                     {"BlkioDeviceWriteIOps", "IOPS Block I/O write limit"}};
    long long weight = json_num(host, "BlkioWeight", 0);
    size_t i;
    json_t *device;
    if (weight > 0 && (weight < 10 || weight > 1000))
        return error_set(err, EINVAL, "Range of blkio weight is from 10 to 1000");
    json_array_foreach(json_object_get(host, "BlkioWeightDevice"), i, device)
    {
        long long own = json_num(device, "Weight", 0);
        if (own && (own < 10 || own > 1000))
            return error_set(err, EINVAL, "invalid weight for device: %s:%lld", json_str(device, "Path", ""), own);
    }
    for (i = 0; i < ARRAY_LEN(throttles); i++)
        if (json_array_size(json_object_get(host, throttles[i].key)) && !sysinfo_facts()->blkio_throttle)
            return error_set(err, EINVAL, "Your kernel does not support %s or the cgroup is not mounted.", throttles[i].what);
    if (json_num(host, "IOMaximumBandwidth", 0))
        return error_set(err, EINVAL, "Invalid QoS settings: linux does not support configuration of maximum bandwidth");
    if (json_num(host, "IOMaximumIOps", 0))
        return error_set(err, EINVAL, "Invalid QoS settings: linux does not support configuration of maximum IOPs");
    return 0;
}

int resources_check(const json_t *host, struct error *err)
{
    int rc = memory_check(host, err);
    if (rc == 0)
        rc = cpu_check(host, err);
    return rc ? rc : block_check(host, err);
}

enum form { POSITIVE, NOT_NULL, TRUE_FLAG, FILLED, TEXT };

static bool is_asked(const json_t *value, enum form form)
{
    switch (form) {
    case POSITIVE:
        return json_integer_value(value) > 0;
    case NOT_NULL:
        return json_is_integer(value);
    case TRUE_FLAG:
        return json_is_true(value);
    case FILLED:
        return json_array_size(value) > 0;
    case TEXT:
        return !str_empty(json_string_value(value));
    }
    return false;
}

/* What a kernel may lack, in dockerd's order. */
static const struct lack {
    const char *key;
    enum form form;
    size_t fact;
    const char *warning;
} lacks[] = {
    {"Memory", POSITIVE, offsetof(struct sysinfo_facts, memory),
     "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded."},
    {"MemorySwap", POSITIVE, offsetof(struct sysinfo_facts, memory_swap),
     "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap."},
    {"MemorySwappiness", NOT_NULL, offsetof(struct sysinfo_facts, memory_swappiness),
     "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."},
    {"MemoryReservation", POSITIVE, offsetof(struct sysinfo_facts, memory_reservation),
     "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded."},
    {"OomKillDisable", TRUE_FLAG, offsetof(struct sysinfo_facts, oom_kill_disable),
     "Your kernel does not support OomKillDisable. OomKillDisable discarded."},
    {"PidsLimit", NOT_NULL, offsetof(struct sysinfo_facts, pids),
     "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded."},
    {"CpuShares", POSITIVE, offsetof(struct sysinfo_facts, cpu_shares),
     "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded."},
    {"CpuPeriod", POSITIVE, offsetof(struct sysinfo_facts, cpu_cfs),
     "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded."},
    {"CpuQuota", POSITIVE, offsetof(struct sysinfo_facts, cpu_cfs),
     "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded."},
    {"CpusetCpus", TEXT, offsetof(struct sysinfo_facts, cpuset),
     "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded."},
    {"CpusetMems", TEXT, offsetof(struct sysinfo_facts, cpuset),
     "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded."},
    {"BlkioWeight", POSITIVE, offsetof(struct sysinfo_facts, blkio_weight),
     "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded."},
    {"BlkioWeightDevice", FILLED, offsetof(struct sysinfo_facts, blkio_weight_device),
     "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded."},
};

static json_t *nothing(const char *key, enum form form)
{
    if (str_equal(key, "MemorySwap"))
        return json_integer(-1);
    return form == POSITIVE ? json_integer(0) : form == FILLED ? json_array() : form == TEXT ? json_string("") : json_null();
}

static void warn(json_t *warnings, const char *text)
{
    size_t i;
    json_t *before;
    json_array_foreach(warnings, i, before)
    {
        if (str_equal(json_string_value(before), text))
            return;
    }
    json_array_append_new(warnings, json_string(text));
}

void resources_discard(json_t *host, json_t *warnings)
{
    const char *facts = (const char *)sysinfo_facts();
    for (size_t i = 0; i < ARRAY_LEN(lacks); i++) {
        if (*(const bool *)(facts + lacks[i].fact) || !is_asked(json_object_get(host, lacks[i].key), lacks[i].form))
            continue;
        warn(warnings, lacks[i].warning);
        json_object_set_new(host, lacks[i].key, nothing(lacks[i].key, lacks[i].form));
    }
    if (json_num(host, "KernelMemory", 0) >= MEMORY_LEAST) {
        warn(warnings, "Specifying a kernel memory limit is deprecated and will be removed in a future release.");
        warn(warnings, "Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation "
                       "discarded.");
        json_object_set_new(host, "KernelMemory", json_integer(0));
    }
    if (json_flag(host, "OomKillDisable", false) && json_num(host, "Memory", 0) == 0)
        warn(warnings,
             "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running "
             "out of resources.");
    if (json_num(host, "CpuPercent", 0) > 0) {
        warn(warnings, "linux does not support CPU percent. Percent discarded.");
        json_object_set_new(host, "CpuPercent", json_integer(0));
    }
}
