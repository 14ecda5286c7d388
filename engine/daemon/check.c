/* Checks of a request, in the order and with the words of dockerd. Tables where many keys share one rule. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/health.h"
#include "daemon/logging.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static bool shares_container(const char *mode) { return str_starts(mode, "container:"); }

/* What contradicts --network container:, --network host or --uts host. */
static int conflicts_check(const json_t *config, const json_t *host, const char *hostname_given, struct error *err)
{
    const char *network = json_str(host, "NetworkMode", ""), *uts = json_str(host, "UTSMode", "");
    bool shared = shares_container(network), on_host = str_equal(network, "host");
    const struct {
        bool wrong;
        const char *message;
    } conflicts[] = {
        {str_equal(uts, "host") && *hostname_given, "conflicting options: hostname and the UTS mode"},
        {shared && *hostname_given, "conflicting options: hostname and the network mode"},
        {on_host && json_array_size(json_object_get(host, "Links")),
         "conflicting options: host type networking can't be used with links. This would result in undefined behavior"},
        {shared && json_array_size(json_object_get(host, "Links")),
         "conflicting options: container type network can't be used with links. This would result in undefined behavior"},
        {shared && json_array_size(json_object_get(host, "Dns")), "conflicting options: dns and the network mode"},
        {shared && json_array_size(json_object_get(host, "ExtraHosts")),
         "conflicting options: custom host-to-IP mapping and the network mode"},
        {(shared || on_host) && *json_str(config, "MacAddress", ""), "conflicting options: mac-address and the network mode"},
        {shared && (json_object_size(json_object_get(host, "PortBindings")) || json_flag(host, "PublishAllPorts", false)),
         "conflicting options: port publishing and the container type network mode"},
        {shared && json_object_size(json_object_get(config, "ExposedPorts")),
         "conflicting options: port exposing and the container type network mode"},
    };
    for (size_t i = 0; i < ARRAY_LEN(conflicts); i++)
        if (conflicts[i].wrong)
            return error_set(err, EINVAL, "%s", conflicts[i].message);
    return 0;
}

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
    if (str_equal(network, "container:"))
        return error_set(err, EINVAL, "Invalid network mode: invalid container format container:<name|id>");
    return conflicts_check(config, host, hostname_given, err);
}

/* There is one runtime; Docker's names for the one that it would be are its names too. */
static int runtime_check(const char *name, struct error *err)
{
    static const char *const names[] = {"slipway-oci", "runc", "io.containerd.runc.v2"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i], name))
            return 0;
    return error_set(err, EINVAL, "Unknown runtime specified %s", name);
}

static int platform_check(const json_t *host, struct error *err)
{
    const char *storage;
    json_t *unused;
    json_object_foreach(json_object_get(host, "StorageOpt"), storage, unused)
    {
        if (!str_equal(storage, "size"))
            return error_set(err, EINVAL, "Unknown option %s", storage);
    }
    const char *isolation = json_str(host, "Isolation", "");
    if (*isolation && !str_equal(isolation, "default"))
        return error_set(err, EINVAL, "Invalid isolation: \"%s\" - linux only supports 'default'", isolation);
    return runtime_check(json_str(host, "Runtime", ""), err);
}

/* "80", "80/tcp", "80-90/udp": the keys of PortBindings, and the port on the host. */
static int ports_check(const json_t *host, struct error *err)
{
    const char *key;
    json_t *list, *binding;
    size_t i;
    json_object_foreach(json_object_get(host, "PortBindings"), key, list)
    {
        long long port;
        cleanup_free char *number = xstrndup(key, strcspn(key, "/"));
        const char *protocol = strchr(key, '/');
        bool known = !protocol || str_equal(protocol, "/tcp") || str_equal(protocol, "/udp") || str_equal(protocol, "/sctp");
        if (!known || !str_to_int(number, &port) || port < 1 || port > 65535)
            return error_set(err, EINVAL, "invalid port specification: \"%s\"", key);
        json_array_foreach(list, i, binding)
        {
            const char *text = json_str(binding, "HostPort", "");
            cleanup_free char *first = xstrndup(text, strcspn(text, "-"));
            if (*text && (!str_to_int(first, &port) || port < 0 || port > 65535))
                return error_set(err, EINVAL, "invalid port specification: \"%s\"", text);
        }
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
        rc = log_options_check(json_str(host, "LogConfig.Type", ""), json_at(host, "LogConfig.Config"), err);
    if (rc == 0)
        rc = security_check(host, err);
    if (rc == 0)
        rc = devices_check(host, err);
    if (rc == 0)
        rc = ports_check(host, err);
    if (rc == 0)
        rc = modes_check(config, host, json_str(config, "Hostname", ""), err);
    if (rc == 0)
        rc = platform_check(host, err);
    return rc;
}
