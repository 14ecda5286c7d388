/* Checks of a request, in the order and with the words of dockerd. Tables where many keys share one rule. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/health.h"
#include "runtime/defaults.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int signal_number(const char *text)
{
    long long number;
    if (str_to_int(text, &number))
        return number > 0 && number <= 64 ? (int)number : 0;
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (int i = 1; i < 32; i++)
        if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), text) == 0)
            return i;
    if (strcasecmp(text, "RTMIN") == 0)
        return SIGRTMIN;
    if (strcasecmp(text, "RTMAX") == 0)
        return SIGRTMAX;
    if (strncasecmp(text, "RTMIN+", 6) == 0 && str_to_int(text + 6, &number) && number >= 0 && number <= 15)
        return SIGRTMIN + (int)number;
    if (strncasecmp(text, "RTMAX-", 6) == 0 && str_to_int(text + 6, &number) && number >= 0 && number <= 14)
        return SIGRTMAX - (int)number;
    return 0;
}

/* Marks the numbers of "0-2,5" in `set`; false when malformed. */
static bool cpuset_parse(const char *text, bool *set, size_t room)
{
    while (*text && !isspace((unsigned char)*text)) {
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
        else if (*end && !isspace((unsigned char)*end))
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
    if (!cpuset_parse(available, there, MOST))
        return 0;
    for (size_t i = 0; i < MOST; i++)
        if (wanted[i] && !there[i])
            return error_set(err, EINVAL, "Requested %s are not available - requested %s, available: %s",
                             cpus ? "CPUs" : "memory nodes", text, str_trim(available));
    return 0;
}

static int memory_check(const json_t *host, struct error *err)
{
    long long memory = json_num(host, "Memory", 0), swap = json_num(host, "MemorySwap", 0);
    long long reservation = json_num(host, "MemoryReservation", 0), swappiness = json_num(host, "MemorySwappiness", -1);
    if (memory < 0 || (memory != 0 && memory < 6 << 20))
        return error_set(err, EINVAL, "Minimum memory limit allowed is 6MB");
    if (memory > 0 && swap > 0 && swap < memory)
        return error_set(err, EINVAL, "Minimum memoryswap limit should be larger than memory limit, see usage");
    if (memory == 0 && swap > 0)
        return error_set(err, EINVAL, "You should always set the Memory limit when using Memoryswap limit, see usage");
    if (swappiness < -1 || swappiness > 100)
        return error_set(err, EINVAL, "Invalid value: %lld, valid memory swappiness range is 0-100", swappiness);
    if (reservation != 0 && reservation < 6 << 20)
        return error_set(err, EINVAL, "Minimum memory reservation allowed is 6MB");
    if (memory > 0 && reservation > memory)
        return error_set(err, EINVAL, "Minimum memory limit can not be less than memory reservation limit, see usage");
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
    if (nano < 0 || nano > cpus * 1000000000LL)
        return error_set(err, EINVAL, "Range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs available", cpus, cpus);
    if (period != 0 && (period < 1000 || period > 1000000))
        return error_set(err, EINVAL, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    if (quota > 0 && quota < 1000)
        return error_set(err, EINVAL, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    if (json_num(host, "CpuShares", 0) < 0)
        return error_set(err, EINVAL, "invalid CPU shares (%lld): value must be a positive integer",
                         json_num(host, "CpuShares", 0));
    int rc = cpuset_check(json_str(host, "CpusetCpus", ""), "cpus", "/sys/devices/system/cpu/online", err);
    if (rc == 0)
        rc = cpuset_check(json_str(host, "CpusetMems", ""), "mems", "/sys/devices/system/node/online", err);
    return rc;
}

int resources_check(const json_t *host, struct error *err)
{
    int rc = memory_check(host, err);
    return rc ? rc : cpu_check(host, err);
}

int restart_policy_check(const json_t *host, struct error *err)
{
    const char *name = json_str(host, "RestartPolicy.Name", "");
    long long most = json_num(host, "RestartPolicy.MaximumRetryCount", 0);
    static const char *const known[] = {"", "no", "always", "unless-stopped", "on-failure"};
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        found |= str_equal(name, known[i]);
    if (!found)
        return error_set(err, EINVAL, "invalid restart policy '%s'", name);
    if (!str_equal(name, "on-failure") && *name && most != 0)
        return error_set(err, EINVAL, "maximum retry count cannot be used with restart policy '%s'", name);
    if (most < 0)
        return error_set(err, EINVAL, "maximum retry count cannot be negative");
    if (json_flag(host, "AutoRemove", false) && *name && !str_equal(name, "no"))
        return error_set(err, EINVAL, "can't create 'AutoRemove' container with restart policy");
    return 0;
}

static int capability_check(const json_t *host, const char *key, struct error *err)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(host, key), i, entry)
    {
        const char *name = json_string_value(entry);
        if (!name)
            return error_set(err, EINVAL, "invalid %s: not a string", key);
        if (strcasecmp(name, "ALL") == 0 || runtime_capability_name(name))
            continue;
        cleanup_free char *upper = xstrdup(name);
        for (char *c = upper; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        return error_set(err, EINVAL, "invalid %s: unknown capability: \"%s%s\"", key, str_starts(upper, "CAP_") ? "" : "CAP_",
                         upper);
    }
    return 0;
}

static bool shares_container(const char *mode) { return str_starts(mode, "container:"); }

static int modes_check(const json_t *config, const json_t *host, const char *hostname_given, struct error *err)
{
    const char *network = json_str(host, "NetworkMode", ""), *uts = json_str(host, "UTSMode", "");
    if (*uts && !str_equal(uts, "host"))
        return error_set(err, EINVAL, "invalid UTS mode: %s", uts);
    const char *ipc = json_str(host, "IpcMode", "");
    static const char *const ipc_modes[] = {"private", "shareable", "host", "none"};
    bool known = shares_container(ipc);
    for (size_t i = 0; i < ARRAY_LEN(ipc_modes); i++)
        known |= str_equal(ipc, ipc_modes[i]);
    if (!known)
        return error_set(err, EINVAL, "invalid IPC mode: %s", ipc);
    const char *pid = json_str(host, "PidMode", "");
    if (*pid && !str_equal(pid, "host") && !shares_container(pid))
        return error_set(err, EINVAL, "invalid PID mode: %s", pid);
    const char *cgroupns = json_str(host, "CgroupnsMode", "");
    if (!str_equal(cgroupns, "private") && !str_equal(cgroupns, "host"))
        return error_set(err, EINVAL, "invalid cgroup namespace mode: %s", cgroupns);
    const char *userns = json_str(host, "UsernsMode", "");
    if (*userns && !str_equal(userns, "host"))
        return error_set(err, EINVAL, "invalid userns mode: %s", userns);
    const struct {
        bool wrong;
        const char *message;
    } conflicts[] = {
        {str_equal(uts, "host") && *hostname_given, "conflicting options: hostname and the UTS mode"},
        {shares_container(network) && *hostname_given, "conflicting options: hostname and the network mode"},
        {str_equal(network, "host") && json_array_size(json_object_get(host, "Links")),
         "conflicting options: host type networking can't be used with links. This would result in undefined behavior"},
        {shares_container(network) && json_array_size(json_object_get(host, "Links")),
         "conflicting options: container type network can't be used with links. This would result in undefined behavior"},
        {shares_container(network) && json_array_size(json_object_get(host, "Dns")),
         "conflicting options: dns and the network mode"},
        {shares_container(network) && json_array_size(json_object_get(host, "ExtraHosts")),
         "conflicting options: custom host-to-IP mapping and the network mode"},
        {shares_container(network) &&
             (json_object_size(json_object_get(host, "PortBindings")) || json_flag(host, "PublishAllPorts", false)),
         "conflicting options: port publishing and the container type network mode"},
        {shares_container(network) && json_object_size(json_object_get(config, "ExposedPorts")),
         "conflicting options: port exposing and the container type network mode"},
    };
    for (size_t i = 0; i < ARRAY_LEN(conflicts); i++)
        if (conflicts[i].wrong)
            return error_set(err, EINVAL, "%s", conflicts[i].message);
    return 0;
}

/* What later rounds bring; refused now rather than ignored. */
static int unavailable_check(const json_t *host, struct error *err)
{
    static const struct {
        const char *key, *what;
    } lists[] = {
        {"VolumesFrom", "--volumes-from"},
        {"Links", "--link"},
        {"DeviceRequests", "--gpus"},
        {"BlkioWeightDevice", "--blkio-weight-device"},
        {"DeviceCgroupRules", "--device-cgroup-rule"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (json_array_size(json_object_get(host, lists[i].key)))
            return error_set(err, EINVAL, "%s is not available in this version of slipway", lists[i].what);
    if (json_object_size(json_object_get(host, "StorageOpt")))
        return error_set(err, EINVAL, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
    const char *isolation = json_str(host, "Isolation", "");
    if (*isolation && !str_equal(isolation, "default"))
        return error_set(err, EINVAL, "Invalid isolation: \"%s\" - linux only supports 'default'", isolation);
    const char *runtime = json_str(host, "Runtime", "");
    if (!str_equal(runtime, "slipway-oci"))
        return error_set(err, EINVAL, "Unknown runtime specified %s", runtime);
    return 0;
}

static int log_check(const json_t *host, struct error *err)
{
    const char *type = json_str(host, "LogConfig.Type", "");
    if (!str_equal(type, "json-file") && !str_equal(type, "none"))
        return error_set(err, EINVAL, "error looking up logging plugin %s: plugin \"%s\" not found", type, type);
    const char *key;
    json_t *value;
    json_object_foreach(json_at(host, "LogConfig.Config"), key, value)
    {
        if (!str_equal(key, "max-size") && !str_equal(key, "max-file"))
            return error_set(err, EINVAL, "unknown log opt '%s' for %s log driver", key, type);
    }
    return 0;
}

static int security_check(const json_t *host, struct error *err)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(host, "SecurityOpt"), i, entry)
    {
        const char *option = json_string_value(entry);
        bool fine = option && (str_equal(option, "seccomp=unconfined") || str_equal(option, "seccomp:unconfined") ||
                               str_equal(option, "no-new-privileges") || str_starts(option, "no-new-privileges:") ||
                               str_starts(option, "no-new-privileges=") || str_equal(option, "apparmor=unconfined") ||
                               str_equal(option, "label=disable") || str_equal(option, "label:disable"));
        if (!fine && option && str_starts(option, "seccomp"))
            return error_set(err, EINVAL, "seccomp profiles of your own are not available in this version of slipway");
        if (!fine)
            return error_set(err, EINVAL, "invalid --security-opt 2: \"%s\"", option ? option : "");
    }
    return 0;
}

int config_check(const json_t *config, const json_t *host, struct error *err)
{
    const char *workdir = json_str(config, "WorkingDir", ""), *stop = json_str(config, "StopSignal", "");
    if (*workdir && *workdir != '/')
        return error_set(err, EINVAL, "the working directory '%s' is invalid, it needs to be an absolute path", workdir);
    if (*stop && !signal_number(stop))
        return error_set(err, EINVAL, "Invalid signal: %s", stop);
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(config, "Env"), i, entry)
    {
        const char *text = json_string_value(entry);
        if (!text || !*text || *text == '=')
            return error_set(err, EINVAL, "invalid environment variable: %s", text ? text : "");
    }
    json_array_foreach(json_object_get(config, "Cmd"), i, entry)
    {
        if (!json_is_string(entry))
            return error_set(err, EINVAL, "json: cannot unmarshal a value of Cmd into Go value of type string");
    }
    long long adjust = json_num(host, "OomScoreAdj", 0);
    if (adjust < -1000 || adjust > 1000)
        return error_set(err, EINVAL, "Invalid value %lld, range for oom score adj is [-1000, 1000]", adjust);
    if (json_num(host, "ShmSize", 0) < 0)
        return error_set(err, EINVAL, "SHM size can not be less than 0");
    int rc = health_config_check(config, err);
    if (rc == 0)
        rc = resources_check(host, err);
    if (rc == 0)
        rc = restart_policy_check(host, err);
    if (rc == 0)
        rc = capability_check(host, "CapAdd", err);
    if (rc == 0)
        rc = capability_check(host, "CapDrop", err);
    if (rc == 0)
        rc = log_check(host, err);
    if (rc == 0)
        rc = security_check(host, err);
    if (rc == 0)
        rc = modes_check(config, host, json_str(config, "Hostname", ""), err);
    if (rc == 0)
        rc = unavailable_check(host, err);
    return rc;
}
