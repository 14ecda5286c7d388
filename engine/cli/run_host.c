/* HostConfig: limits, namespaces, security, network. Tables where a flag's value goes in as it is; only what was given is sent,
 * the engine knows the defaults. */
#include "cli/cli.h"
#include "cli/run_options.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/tty.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct run_options, member)

static const struct {
    const char *key;
    size_t offset;
} TEXTS[] = {{"CpusetCpus", AT(cpuset_cpus)},
             {"CpusetMems", AT(cpuset_mems)},
             {"IpcMode", AT(ipc)},
             {"PidMode", AT(pid)},
             {"UTSMode", AT(uts)},
             {"UsernsMode", AT(userns)},
             {"CgroupnsMode", AT(cgroupns)},
             {"CgroupParent", AT(cgroup_parent)},
             {"Runtime", AT(runtime)},
             {"Isolation", AT(isolation)},
             {"ContainerIDFile", AT(cidfile)}},
  LISTS[] = {{"Dns", AT(dns)},
             {"DnsOptions", AT(dns_option)},
             {"DnsSearch", AT(dns_search)},
             {"GroupAdd", AT(group_add)},
             {"VolumesFrom", AT(volumes_from)},
             {"Links", AT(link)},
             {"DeviceCgroupRules", AT(device_cgroup_rule)}},
  BOOLS[] = {{"AutoRemove", AT(remove)},        {"Privileged", AT(privileged)},           {"PublishAllPorts", AT(publish_all)},
             {"ReadonlyRootfs", AT(read_only)}, {"OomKillDisable", AT(oom_kill_disable)}, {"Init", AT(init)}};

static const struct {
    const char *key, *flag;
    size_t offset;
} NUMBERS[] = {{"CpuShares", "cpu-shares", AT(cpu_shares)},
               {"CpuPeriod", "cpu-period", AT(cpu_period)},
               {"CpuQuota", "cpu-quota", AT(cpu_quota)},
               {"CpuRealtimePeriod", "cpu-rt-period", AT(cpu_rt_period)},
               {"CpuRealtimeRuntime", "cpu-rt-runtime", AT(cpu_rt_runtime)},
               {"MemorySwappiness", "memory-swappiness", AT(memory_swappiness)},
               {"OomScoreAdj", "oom-score-adj", AT(oom_score_adj)},
               {"PidsLimit", "pids-limit", AT(pids_limit)},
               {"BlkioWeight", "blkio-weight", AT(blkio_weight)}},
  SIZES[] = {{"Memory", "memory", AT(memory)},
             {"MemoryReservation", "memory-reservation", AT(memory_reservation)},
             {"MemorySwap", "memory-swap", AT(memory_swap)},
             {"KernelMemory", "kernel-memory", AT(kernel_memory)},
             {"ShmSize", "shm-size", AT(shm_size)}};

/* What inspect shows as empty lists, and not as null, of a container that a client has made. */
static const char *const EMPTY[] = {"Dns",
                                    "DnsOptions",
                                    "DnsSearch",
                                    "BlkioWeightDevice",
                                    "BlkioDeviceReadBps",
                                    "BlkioDeviceWriteBps",
                                    "BlkioDeviceReadIOps",
                                    "BlkioDeviceWriteIOps",
                                    "Devices",
                                    "Ulimits"};

static void set_plain(struct run_request *request)
{
    for (size_t i = 0; i < ARRAY_LEN(EMPTY); i++)
        json_object_set_new(request->host, EMPTY[i], json_array());
    const char *options = (const char *)request->options;
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        const char *text = *(const char *const *)(options + TEXTS[i].offset);
        if (text)
            json_object_set_new(request->host, TEXTS[i].key, json_text_value(text, strlen(text)));
    }
    for (size_t i = 0; i < ARRAY_LEN(LISTS); i++) {
        char *const *list = *(char *const *const *)(options + LISTS[i].offset);
        if (list)
            json_object_set_new(request->host, LISTS[i].key, json_from_strv(list));
    }
    for (size_t i = 0; i < ARRAY_LEN(BOOLS); i++)
        if (*(const bool *)(options + BOOLS[i].offset))
            json_object_set_new(request->host, BOOLS[i].key, json_true());
}

static bool bad_size(struct run_request *request, const char *flag, const char *text)
{
    cleanup_free char *why = run_size_problem(text);
    return run_bad(request, flag, text, "%s", why);
}

static bool set_cpus(struct run_request *request)
{
    const char *cpus = request->options->cpus, *why = NULL;
    long long nano;
    if (!cpus)
        return true;
    if (!run_parse_cpus(cpus, &nano, &why))
        return why ? run_bad(request, "cpus", cpus, "%s", why)
                   : run_bad(request, "cpus", cpus, "failed to parse %s as a rational number", cpus);
    json_object_set_new(request->host, "NanoCpus", json_integer(nano));
    return true;
}

static bool set_numbers(struct run_request *request)
{
    const char *options = (const char *)request->options;
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        if (run_seen(request, NUMBERS[i].flag))
            json_object_set_new(request->host, NUMBERS[i].key, json_integer(*(const long long *)(options + NUMBERS[i].offset)));
    if (request->options->blkio_weight < 0 || request->options->blkio_weight > 65535) {
        cleanup_free char *text = str_format("%lld", request->options->blkio_weight);
        return run_bad(request, "blkio-weight", text, "strconv.ParseUint: parsing \"%s\": value out of range", text);
    }
    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
        const char *text = *(const char *const *)(options + SIZES[i].offset);
        int64_t bytes = -1;
        if (!text)
            continue;
        bool unlimited = str_equal(SIZES[i].flag, "memory-swap") && str_equal(text, "-1");
        if (!unlimited && !units_parse_bytes(text, &bytes))
            return bad_size(request, SIZES[i].flag, text);
        json_object_set_new(request->host, SIZES[i].key, json_integer(bytes));
    }
    if (!run_seen(request, "memory-swappiness"))
        json_object_set_new(request->host, "MemorySwappiness", json_integer(-1));
    return set_cpus(request);
}

static json_t *pairs(char *const *list) { return run_sorted(cli_pairs(list)); }

static bool set_maps(struct run_request *request)
{
    const struct run_options *options = request->options;
    for (char **text = options->sysctl; text && *text; text++)
        if (!run_sysctl_allowed(*text))
            return run_bad(request, "sysctl", *text, "sysctl '%s' is not allowed", *text);
    if (options->sysctl)
        json_object_set_new(request->host, "Sysctls", pairs(options->sysctl));
    for (char **option = options->storage_opt; option && *option; option++)
        if (!strchr(*option, '='))
            return run_refuse(request, "invalid storage option");
    for (char **text = options->storage_opt; text && *text; text++)
        if (!strchr(*text, '='))
            return run_refuse(request, "invalid storage option");
    if (options->storage_opt)
        json_object_set_new(request->host, "StorageOpt", pairs(options->storage_opt));
    if (options->annotation)
        json_object_set_new(request->host, "Annotations", pairs(options->annotation));
    if (str_equal(options->log_driver, "none") && options->log_opt)
        return run_refuse(request, "invalid logging opts for driver none");
    if (options->log_driver || options->log_opt)
        json_object_set_new(request->host, "LogConfig",
                            json_pack("{s:s, s:o}", "Type", str_or(options->log_driver, ""), "Config", pairs(options->log_opt)));
    return true;
}

/* Labels of letters, digits, '-' and '_' between dots; "." alone asks for no domain. */
static bool is_domain(const char *text)
{
    size_t label = 0;
    if (str_equal(text, "."))
        return true;
    for (const char *c = text; *c; c++) {
        if (*c == '.' ? label == 0 || c[-1] == '-' : !isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
        label = *c == '.' ? 0 : label + 1;
    }
    return label > 0;
}

static bool set_hosts(struct run_request *request)
{
    const struct run_options *options = request->options;
    for (char **text = options->dns; text && *text; text++)
        if (!run_is_address(*text))
            return run_bad(request, "dns", *text, "IP address is not correctly formatted: %s", *text);
    for (char **text = options->link; text && *text; text++) {
        const char *first = strchr(*text, ':');
        if (!**text)
            return run_bad(request, "link", *text, "empty string specified for links");
        if (first && strchr(first + 1, ':'))
            return run_bad(request, "link", *text, "bad format for links: %s", *text);
    }
    for (char **text = options->dns_search; text && *text; text++)
        if (!is_domain(*text))
            return run_bad(request, "dns-search", *text, "%s is not a valid domain", *text);
    for (char **text = options->add_host; text && *text; text++) {
        struct error why = ERROR_INIT;
        cleanup_free char *entry = run_parse_extra_host(*text, &why);
        if (!entry)
            return run_bad(request, "add-host", *text, "%s", why.message);
        if (!json_object_get(request->host, "ExtraHosts"))
            json_object_set_new(request->host, "ExtraHosts", json_array());
        json_array_append_new(json_object_get(request->host, "ExtraHosts"), json_string(entry));
    }
    return true;
}

/* What Docker's client judges itself, before anything is sent. */
static bool set_modes(struct run_request *request)
{
    const struct run_options *options = request->options;
    const char *pid = str_or(options->pid, "");
    if (*pid && !str_equal(pid, "host") && !(str_starts(pid, "container:") && pid[10]))
        return run_refuse(request, "--pid: invalid PID mode");
    if (options->uts && *options->uts && !str_equal(options->uts, "host"))
        return run_refuse(request, "--uts: invalid UTS mode");
    if (options->userns && *options->userns && !str_equal(options->userns, "host"))
        return run_refuse(request, "--userns: invalid USER mode");
    if (options->cgroupns && *options->cgroupns && !str_equal(options->cgroupns, "host") &&
        !str_equal(options->cgroupns, "private"))
        return run_refuse(request, "--cgroupns: invalid CGROUP mode");
    const char *restart = str_or(options->restart, "no");
    json_t *policy = NULL;
    struct error why = ERROR_INIT;
    if (!run_parse_restart(restart, &policy, &why))
        return run_refuse(request, "%s", why.message);
    json_object_set_new(request->host, "RestartPolicy", policy);
    if (options->remove && *restart && !str_equal(restart, "no"))
        return run_refuse(request, "conflicting options: cannot specify both --restart and --rm");
    return true;
}

bool run_host(struct run_request *request)
{
    unsigned rows, columns;
    set_plain(request);
    if (request->options->tty && tty_size(STDOUT_FILENO, &rows, &columns))
        json_object_set_new(request->host, "ConsoleSize", json_pack("[i,i]", (int)rows, (int)columns));
    return set_modes(request) && set_numbers(request) && run_devices(request) && set_maps(request) && set_hosts(request) &&
           run_network(request) && run_security(request);
}
