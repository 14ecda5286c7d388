/* Limits and devices of an OCI config, from HostConfig. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/spec.h"
#include "runtime/defaults.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void set_if(json_t *object, const char *key, long long value)
{
    if (value)
        json_object_set_new(object, key, json_integer(value));
}

static json_t *memory_json(const json_t *host)
{
    json_t *memory = json_object();
    set_if(memory, "limit", json_num(host, "Memory", 0));
    if (json_num(host, "MemoryReservation", 0) > 0)
        set_if(memory, "reservation", json_num(host, "MemoryReservation", 0));
    set_if(memory, "swap", json_num(host, "MemorySwap", 0) < 0 ? -1 : json_num(host, "MemorySwap", 0));
    if (json_num(host, "MemorySwappiness", -1) >= 0)
        json_object_set_new(memory, "swappiness", json_integer(json_num(host, "MemorySwappiness", -1)));
    if (json_flag(host, "OomKillDisable", false))
        json_object_set_new(memory, "disableOOMKiller", json_true());
    return memory;
}

static json_t *cpu_json(const json_t *host)
{
    json_t *cpu = json_object();
    long long nano = json_num(host, "NanoCpus", 0);
    set_if(cpu, "shares", json_num(host, "CpuShares", 0));
    set_if(cpu, "quota", nano ? nano / 10000 : json_num(host, "CpuQuota", 0));
    set_if(cpu, "period", nano ? 100000 : json_num(host, "CpuPeriod", 0));
    set_if(cpu, "realtimePeriod", json_num(host, "CpuRealtimePeriod", 0));
    set_if(cpu, "realtimeRuntime", json_num(host, "CpuRealtimeRuntime", 0));
    if (*json_str(host, "CpusetCpus", ""))
        json_object_set_new(cpu, "cpus", json_string(json_str(host, "CpusetCpus", "")));
    if (*json_str(host, "CpusetMems", ""))
        json_object_set_new(cpu, "mems", json_string(json_str(host, "CpusetMems", "")));
    return cpu;
}

/* Devices by path in HostConfig, by number in the specification. `from` and `to`: the name of the third value. */
static json_t *by_number(const json_t *list, const char *from, const char *to, struct error *err)
{
    json_t *out = json_array(), *entry;
    size_t i;
    struct stat status;
    json_array_foreach(list, i, entry)
    {
        const char *path = json_str(entry, "Path", "");
        if (stat(path, &status) < 0) {
            error_set(err, EIO, "stat %s: %s", path, errno == ENOENT ? "no such file or directory" : strerror(errno));
            json_decref(out);
            return NULL;
        }
        json_array_append_new(out, json_pack("{s:I, s:I, s:I}", "major", (json_int_t)major(status.st_rdev), "minor",
                                             (json_int_t)minor(status.st_rdev), to, (json_int_t)json_num(entry, from, 0)));
    }
    return out;
}

int spec_block_devices(const json_t *host, json_t *resources, struct error *err)
{
    static const struct {
        const char *from, *to, *from_key, *to_key;
    } names[] = {{"BlkioWeightDevice", "weightDevice", "Weight", "weight"},
                 {"BlkioDeviceReadBps", "throttleReadBpsDevice", "Rate", "rate"},
                 {"BlkioDeviceWriteBps", "throttleWriteBpsDevice", "Rate", "rate"},
                 {"BlkioDeviceReadIOps", "throttleReadIOPSDevice", "Rate", "rate"},
                 {"BlkioDeviceWriteIOps", "throttleWriteIOPSDevice", "Rate", "rate"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const json_t *list = json_object_get(host, names[i].from);
        if (!json_array_size(list))
            continue;
        json_t *numbers = by_number(list, names[i].from_key, names[i].to_key, err);
        if (!numbers)
            return -err->code;
        json_t *block = json_object_get(resources, "blockIO");
        if (!block)
            json_object_set_new(resources, "blockIO", block = json_object());
        json_object_set_new(block, names[i].to, numbers);
    }
    return 0;
}

static void set_filled(json_t *object, const char *key, json_t *value)
{
    if (json_object_size(value))
        json_object_set(object, key, value);
    json_decref(value);
}

json_t *spec_resources(const json_t *host)
{
    json_t *resources = json_object();
    set_filled(resources, "memory", memory_json(host));
    set_filled(resources, "cpu", cpu_json(host));
    if (json_num(host, "BlkioWeight", 0))
        json_object_set_new(resources, "blockIO", json_pack("{s:I}", "weight", (json_int_t)json_num(host, "BlkioWeight", 0)));
    if (json_num(host, "PidsLimit", 0) > 0)
        json_object_set_new(resources, "pids", json_pack("{s:I}", "limit", (json_int_t)json_num(host, "PidsLimit", 0)));
    return resources;
}
