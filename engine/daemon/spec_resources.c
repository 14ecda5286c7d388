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
    set_if(memory, "reservation", json_num(host, "MemoryReservation", 0));
    set_if(memory, "swap", json_num(host, "MemorySwap", 0));
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

static json_t *throttles(const json_t *list)
{
    json_t *out = json_array(), *entry;
    size_t i;
    struct stat status;
    json_array_foreach(list, i, entry)
    {
        if (stat(json_str(entry, "Path", ""), &status) < 0)
            continue;
        json_array_append_new(out, json_pack("{s:I, s:I, s:I}", "major", (json_int_t)major(status.st_rdev), "minor",
                                             (json_int_t)minor(status.st_rdev), "rate", (json_int_t)json_num(entry, "Rate", 0)));
    }
    return out;
}

static json_t *block_json(const json_t *host)
{
    static const struct {
        const char *from, *to;
    } names[] = {{"BlkioDeviceReadBps", "throttleReadBpsDevice"},
                 {"BlkioDeviceWriteBps", "throttleWriteBpsDevice"},
                 {"BlkioDeviceReadIOps", "throttleReadIOPSDevice"},
                 {"BlkioDeviceWriteIOps", "throttleWriteIOPSDevice"}};
    json_t *block = json_object();
    set_if(block, "weight", json_num(host, "BlkioWeight", 0));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (json_array_size(json_object_get(host, names[i].from)))
            json_object_set_new(block, names[i].to, throttles(json_object_get(host, names[i].from)));
    return block;
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
    set_filled(resources, "blockIO", block_json(host));
    if (json_num(host, "PidsLimit", 0) > 0)
        json_object_set_new(resources, "pids", json_pack("{s:I}", "limit", (json_int_t)json_num(host, "PidsLimit", 0)));
    return resources;
}

static int add_device(const char *host_path, const char *path, const char *access, json_t *devices, json_t *rules,
                      struct error *err)
{
    struct stat status;
    if (stat(host_path, &status) < 0)
        return error_set(
            err, EIO, "error gathering device information while adding custom device \"%s\": no such file or directory", host_path);
    if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
        return error_set(err, EIO, "error gathering device information while adding custom device \"%s\": not a device node",
                         host_path);
    const char *type = S_ISCHR(status.st_mode) ? "c" : "b";
    json_int_t high = major(status.st_rdev), low = minor(status.st_rdev);
    json_array_append_new(devices, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "path", path, "type", type, "major", high,
                                             "minor", low, "fileMode", (json_int_t)(status.st_mode & 07777), "uid",
                                             (json_int_t)status.st_uid, "gid", (json_int_t)status.st_gid));
    if (rules)
        json_array_append_new(
            rules, json_pack("{s:b, s:s, s:I, s:I, s:s}", "allow", 1, "type", type, "major", high, "minor", low, "access", access));
    return 0;
}

/* --privileged: every device node of the host's /dev, but not what the container has of its own. */
static void add_tree(const char *path, json_t *devices)
{
    static const char *const own[] = {"pts",  "shm",  "fd",     "mqueue",  "console", "null",
                                      "zero", "full", "random", "urandom", "tty",     "ptmx"};
    cleanup_dir DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        bool skip = entry->d_name[0] == '.';
        for (size_t i = 0; i < ARRAY_LEN(own); i++)
            skip |= str_equal(entry->d_name, own[i]);
        if (skip)
            continue;
        cleanup_free char *name = str_format("%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            add_tree(name, devices);
        if (entry->d_type == DT_CHR || entry->d_type == DT_BLK)
            add_device(name, name, "rwm", devices, NULL, NULL);
    }
}

int spec_devices(const json_t *host, json_t *devices, json_t *rules, struct error *err)
{
    size_t i;
    json_t *entry;
    if (json_flag(host, "Privileged", false))
        add_tree("/dev", devices);
    json_array_foreach(json_object_get(host, "Devices"), i, entry)
    {
        const char *from = json_str(entry, "PathOnHost", "");
        int rc = add_device(from, str_or(json_str(entry, "PathInContainer", ""), from),
                            str_or(json_str(entry, "CgroupPermissions", ""), "rwm"), devices, rules, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}
