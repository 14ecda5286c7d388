/* slipway-oci update: other limits for a container, from a `linux.resources` object or from one flag a limit. What is given is
 * remembered in the container's config, from which a restart of whoever drives us would read it. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *resources;
    const char *blkio_weight, *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period, *cpu_rt_runtime, *cpu_idle, *cpus,
        *mems, *kernel_memory, *kernel_memory_tcp, *memory, *memory_reservation, *memory_swap, *pids_limit;
};

#define FIGURE(name, member, help)                                                                                                 \
    {                                                                                                                              \
        0, name, FLAG_STRING, offsetof(struct options, member), "value", help                                                      \
    }
static const struct flag flags[] = {
    {'r', "resources", FLAG_STRING, offsetof(struct options, resources), "file", "JSON with linux.resources; - is standard input"},
    FIGURE("blkio-weight", blkio_weight, "weight of input and output, 10 to 1000"),
    FIGURE("cpu-period", cpu_period, "period of --cpu-quota, microseconds"),
    FIGURE("cpu-quota", cpu_quota, "time of a processor in each period, microseconds; -1: no limit"),
    FIGURE("cpu-burst", cpu_burst, "time that may be saved up, microseconds"),
    FIGURE("cpu-share", cpu_share, "weight among those who want a processor"),
    FIGURE("cpu-rt-period", cpu_rt_period, "period of --cpu-rt-runtime, microseconds"),
    FIGURE("cpu-rt-runtime", cpu_rt_runtime, "time for real-time processes in each period, microseconds"),
    FIGURE("cpu-idle", cpu_idle, "1: only when no other wants a processor"),
    FIGURE("cpuset-cpus", cpus, "processors to use: 0-2,4"),
    FIGURE("cpuset-mems", mems, "memory nodes to use: 0-2,4"),
    FIGURE("kernel-memory", kernel_memory, "limit of the kernel's memory, bytes"),
    FIGURE("kernel-memory-tcp", kernel_memory_tcp, "limit of the memory of TCP buffers, bytes"),
    FIGURE("memory", memory, "limit of memory, bytes; -1: no limit"),
    FIGURE("memory-reservation", memory_reservation, "memory that is left to it when it becomes scarce, bytes"),
    FIGURE("memory-swap", memory_swap, "limit of memory and swap together, bytes; -1: no limit"),
    FIGURE("pids-limit", pids_limit, "how many processes it may have; -1: no limit"),
    {0},
};

enum kind { NUMBER, BYTES, TEXT };
static const struct {
    const char *flag;
    size_t offset;
    const char *section, *key;
    enum kind kind;
} figures[] = {
    {"blkio-weight", offsetof(struct options, blkio_weight), "blockIO", "weight", NUMBER},
    {"cpu-period", offsetof(struct options, cpu_period), "cpu", "period", NUMBER},
    {"cpu-quota", offsetof(struct options, cpu_quota), "cpu", "quota", NUMBER},
    {"cpu-burst", offsetof(struct options, cpu_burst), "cpu", "burst", NUMBER},
    {"cpu-share", offsetof(struct options, cpu_share), "cpu", "shares", NUMBER},
    {"cpu-rt-period", offsetof(struct options, cpu_rt_period), "cpu", "realtimePeriod", NUMBER},
    {"cpu-rt-runtime", offsetof(struct options, cpu_rt_runtime), "cpu", "realtimeRuntime", NUMBER},
    {"cpu-idle", offsetof(struct options, cpu_idle), "cpu", "idle", NUMBER},
    {"cpuset-cpus", offsetof(struct options, cpus), "cpu", "cpus", TEXT},
    {"cpuset-mems", offsetof(struct options, mems), "cpu", "mems", TEXT},
    {"kernel-memory", offsetof(struct options, kernel_memory), "memory", "kernel", BYTES},
    {"kernel-memory-tcp", offsetof(struct options, kernel_memory_tcp), "memory", "kernelTCP", BYTES},
    {"memory", offsetof(struct options, memory), "memory", "limit", BYTES},
    {"memory-reservation", offsetof(struct options, memory_reservation), "memory", "reservation", BYTES},
    {"memory-swap", offsetof(struct options, memory_swap), "memory", "swap", BYTES},
    {"pids-limit", offsetof(struct options, pids_limit), "pids", "limit", NUMBER},
};

static int put(json_t *resources, size_t i, const char *text, struct error *err)
{
    long long number = 0;
    int64_t bytes;
    bool right = figures[i].kind == TEXT || str_to_int(text, &number);
    if (!right && figures[i].kind == BYTES && units_parse_bytes(text, &bytes)) {
        number = bytes;
        right = true;
    }
    if (!right)
        return error_set(err, EINVAL, "--%s \"%s\" is not a number", figures[i].flag, text);
    if (!json_object_get(resources, figures[i].section))
        json_object_set_new(resources, figures[i].section, json_object());
    json_object_set_new(json_object_get(resources, figures[i].section), figures[i].key,
                        figures[i].kind == TEXT ? json_string(text) : json_integer(number));
    return 0;
}

static int from_flags(const struct options *options, json_t *resources, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(figures) && !rc; i++) {
        const char *text = *(const char *const *)((const char *)options + figures[i].offset);
        rc = text ? put(resources, i, text, err) : 0;
    }
    return rc;
}

static json_t *read_resources(const char *from, struct error *err)
{
    json_t *json = strcmp(from, "-") ? json_read_file(from, err) : json_read_file("/proc/self/fd/0", err);
    if (json && !json_is_object(json)) {
        error_set(err, EINVAL, "%s: linux.resources is a JSON object", from);
        json_decref(json);
        return NULL;
    }
    return json;
}

/* Two levels: sections, and what is in them. */
static void merge(json_t *into, json_t *from)
{
    const char *key;
    json_t *value;
    json_object_foreach(from, key, value)
    {
        json_t *old = json_object_get(into, key);
        if (json_is_object(value) && json_is_object(old))
            json_object_update(old, value);
        else
            json_object_set(into, key, value);
    }
}

static void remember(const struct oci_state *state, json_t *config, json_t *resources)
{
    json_t *linux_section = json_object_get(config, "linux");
    if (!json_object_get(linux_section, "resources"))
        json_object_set_new(linux_section, "resources", json_object());
    merge(json_object_get(linux_section, "resources"), resources);
    (void)oci_save_config(state, config, NULL);
}

int oci_update(int argc, char **argv, struct error *err)
{
    struct options options = {0};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc)
        return rc;
    json_t *resources cleanup_json = options.resources ? read_resources(options.resources, err) : json_object();
    if (!resources)
        return -err->code;
    if ((rc = from_flags(&options, resources, err)) < 0 || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    if (!strcmp(oci_status(&state), "stopped"))
        rc = error_set(err, EBUSY, "cannot update container \"%s\": it is stopped", operands[0]);
    else if ((rc = oci_load(&state, &container, err)) == 0) {
        rc = runtime_update(&container, resources, err);
        if (!rc)
            remember(&state, container.config, resources);
        container_free(&container);
    }
    oci_close(&state);
    return rc;
}
