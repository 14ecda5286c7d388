/* Config and HostConfig in Docker's full form: every key present, in Docker's order, defaults filled in. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/health.h"
#include "daemon/sysinfo.h"
#include "runtime/defaults.h"

#include <errno.h>
#include <string.h>

enum kind { TEXT, NUMBER, FLAG, LIST, OBJECT };

struct key {
    const char *name;
    enum kind kind;
    const char *fallback; /* JSON; NULL: left out when it was not given */
};

static const struct key config_keys[] = {
    {"Hostname", TEXT, "\"\""},     {"Domainname", TEXT, "\"\""},    {"User", TEXT, "\"\""},
    {"AttachStdin", FLAG, "false"}, {"AttachStdout", FLAG, "false"}, {"AttachStderr", FLAG, "false"},
    {"ExposedPorts", OBJECT, NULL}, {"Tty", FLAG, "false"},          {"OpenStdin", FLAG, "false"},
    {"StdinOnce", FLAG, "false"},   {"Env", LIST, "null"},           {"Cmd", LIST, "null"},
    {"Healthcheck", OBJECT, NULL},  {"Image", TEXT, "\"\""},         {"Volumes", OBJECT, "null"},
    {"WorkingDir", TEXT, "\"\""},   {"Entrypoint", LIST, "null"},    {"NetworkDisabled", FLAG, NULL},
    {"MacAddress", TEXT, NULL},     {"OnBuild", LIST, "null"},       {"Labels", OBJECT, "{}"},
    {"StopSignal", TEXT, NULL},     {"StopTimeout", NUMBER, NULL},   {"Shell", LIST, NULL},
};

static const struct key host_keys[] = {
    {"Binds", LIST, "null"},
    {"ContainerIDFile", TEXT, "\"\""},
    {"LogConfig", OBJECT, "{\"Type\":\"json-file\",\"Config\":{}}"},
    {"NetworkMode", TEXT, "\"default\""},
    {"PortBindings", OBJECT, "null"},
    {"RestartPolicy", OBJECT, "{\"Name\":\"\",\"MaximumRetryCount\":0}"},
    {"AutoRemove", FLAG, "false"},
    {"VolumeDriver", TEXT, "\"\""},
    {"VolumesFrom", LIST, "null"},
    {"ConsoleSize", LIST, "[0,0]"},
    {"Annotations", OBJECT, NULL},
    {"CapAdd", LIST, "null"},
    {"CapDrop", LIST, "null"},
    {"CgroupnsMode", TEXT, "\"\""},
    {"Dns", LIST, "null"},
    {"DnsOptions", LIST, "null"},
    {"DnsSearch", LIST, "null"},
    {"ExtraHosts", LIST, "null"},
    {"GroupAdd", LIST, "null"},
    {"IpcMode", TEXT, "\"private\""},
    {"Cgroup", TEXT, "\"\""},
    {"Links", LIST, "null"},
    {"OomScoreAdj", NUMBER, "0"},
    {"PidMode", TEXT, "\"\""},
    {"Privileged", FLAG, "false"},
    {"PublishAllPorts", FLAG, "false"},
    {"ReadonlyRootfs", FLAG, "false"},
    {"SecurityOpt", LIST, "null"},
    {"StorageOpt", OBJECT, NULL},
    {"Tmpfs", OBJECT, NULL},
    {"UTSMode", TEXT, "\"\""},
    {"UsernsMode", TEXT, "\"\""},
    {"ShmSize", NUMBER, "67108864"},
    {"Sysctls", OBJECT, NULL},
    {"Runtime", TEXT, "\"slipway-oci\""},
    {"Isolation", TEXT, "\"\""},
    {"CpuShares", NUMBER, "0"},
    {"Memory", NUMBER, "0"},
    {"NanoCpus", NUMBER, "0"},
    {"CgroupParent", TEXT, "\"\""},
    {"BlkioWeight", NUMBER, "0"},
    {"BlkioWeightDevice", LIST, "null"},
    {"BlkioDeviceReadBps", LIST, "null"},
    {"BlkioDeviceWriteBps", LIST, "null"},
    {"BlkioDeviceReadIOps", LIST, "null"},
    {"BlkioDeviceWriteIOps", LIST, "null"},
    {"CpuPeriod", NUMBER, "0"},
    {"CpuQuota", NUMBER, "0"},
    {"CpuRealtimePeriod", NUMBER, "0"},
    {"CpuRealtimeRuntime", NUMBER, "0"},
    {"CpusetCpus", TEXT, "\"\""},
    {"CpusetMems", TEXT, "\"\""},
    {"Devices", LIST, "null"},
    {"DeviceCgroupRules", LIST, "null"},
    {"DeviceRequests", LIST, "null"},
    {"KernelMemory", NUMBER, NULL},
    {"MemoryReservation", NUMBER, "0"},
    {"MemorySwap", NUMBER, "0"},
    {"MemorySwappiness", NUMBER, "null"},
    {"OomKillDisable", FLAG, "false"},
    {"PidsLimit", NUMBER, "null"},
    {"Ulimits", LIST, "null"},
    {"CpuCount", NUMBER, "0"},
    {"CpuPercent", NUMBER, "0"},
    {"IOMaximumIOps", NUMBER, "0"},
    {"IOMaximumBandwidth", NUMBER, "0"},
    {"Mounts", LIST, NULL},
    {"MaskedPaths", LIST, "null"},
    {"ReadonlyPaths", LIST, "null"},
    {"Init", FLAG, NULL},
};

static const char *const kind_names[] = {"string", "int64", "bool", "[]string", "object"};

static bool is_kind(const json_t *value, enum kind kind)
{
    switch (kind) {
    case TEXT:
        return json_is_string(value);
    case NUMBER:
        return json_is_integer(value);
    case FLAG:
        return json_is_boolean(value);
    case LIST:
        return json_is_array(value);
    case OBJECT:
        return json_is_object(value);
    }
    return false;
}

static const char *go_type(const json_t *value)
{
    if (json_is_string(value))
        return "string";
    if (json_is_number(value))
        return "number";
    if (json_is_boolean(value))
        return "bool";
    return json_is_array(value) ? "array" : "object";
}

static json_t *complete(const json_t *given, const struct key *keys, size_t count, const char *of, struct error *err)
{
    json_t *out = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(given, keys[i].name);
        if (!value || json_is_null(value)) {
            if (keys[i].fallback)
                json_object_set_new(out, keys[i].name, json_loads(keys[i].fallback, JSON_DECODE_ANY, NULL));
        } else if (is_kind(value, keys[i].kind)) {
            json_object_set(out, keys[i].name, value);
        } else if (keys[i].kind == LIST && json_is_string(value)) { /* Cmd and Entrypoint may be one word */
            json_object_set_new(out, keys[i].name, json_pack("[O]", value));
        } else {
            error_set(err, EINVAL, "json: cannot unmarshal %s into Go struct field %s.%s of type %s", go_type(value), of,
                      keys[i].name, kind_names[keys[i].kind]);
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static size_t env_name(const char *entry) { return strcspn(entry, "="); }

/* The user's entries first, then those of the image that the user did not set, as dockerd orders them. */
static void merge_env(json_t *config, const json_t *image)
{
    json_t *env = json_object_get(config, "Env");
    const json_t *defaults = json_at(image, "config.Env");
    if (!json_array_size(defaults))
        return;
    if (!json_is_array(env))
        json_object_set_new(config, "Env", env = json_array());
    size_t i, j, own = json_array_size(env);
    json_t *entry;
    json_array_foreach(defaults, i, entry)
    {
        const char *text = json_string_value(entry);
        bool taken = !text;
        for (j = 0; j < own && !taken; j++) {
            const char *mine = json_string_value(json_array_get(env, j));
            taken = mine && env_name(mine) == env_name(text) && strncmp(mine, text, env_name(text)) == 0;
        }
        if (!taken)
            json_array_append(env, entry);
    }
}

static void merge_objects(json_t *config, const json_t *image, const char *key)
{
    char path[64];
    snprintf(path, sizeof path, "config.%s", key);
    json_t *defaults = json_at(image, path), *mine = json_object_get(config, key);
    if (!json_object_size(defaults))
        return;
    json_t *both = json_copy(defaults);
    if (json_is_object(mine))
        json_object_update(both, mine);
    json_object_set_new(config, key, both);
}

static void merge_text(json_t *config, const json_t *image, const char *key)
{
    char path[64];
    snprintf(path, sizeof path, "config.%s", key);
    const char *value = json_str(image, path, "");
    if (*value && !*json_str(config, key, ""))
        json_object_set_new(config, key, json_string(value));
}

static void merge_command(json_t *config, const json_t *image)
{
    json_t *entrypoint = json_object_get(config, "Entrypoint"), *cmd = json_object_get(config, "Cmd");
    if (json_array_size(entrypoint) == 0) {
        if (json_array_size(cmd) == 0 && json_at(image, "config.Cmd"))
            json_object_set(config, "Cmd", json_at(image, "config.Cmd"));
        if (json_is_null(entrypoint) && json_at(image, "config.Entrypoint"))
            json_object_set(config, "Entrypoint", json_at(image, "config.Entrypoint"));
    } else if (json_array_size(entrypoint) == 1 && str_empty(json_string_value(json_array_get(entrypoint, 0)))) {
        json_object_set_new(config, "Entrypoint", json_null()); /* --entrypoint "" asks for none */
    }
}

json_t *config_complete(const json_t *given, const json_t *image, struct error *err)
{
    json_t *config = complete(given, config_keys, ARRAY_LEN(config_keys), "ContainerConfigWrapper", err);
    if (!config)
        return NULL;
    /* What is merged below must not change the request. */
    json_t *env = json_object_get(config, "Env");
    if (json_is_array(env))
        json_object_set_new(config, "Env", json_copy(env));
    merge_env(config, image);
    static const char *const objects[] = {"ExposedPorts", "Volumes", "Labels"};
    static const char *const texts[] = {"User", "WorkingDir", "StopSignal"};
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        merge_objects(config, image, objects[i]);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        merge_text(config, image, texts[i]);
    merge_command(config, image);
    health_config_merge(config, json_at(image, "config.Healthcheck"));
    if (json_object_size(json_object_get(config, "Volumes")) == 0)
        json_object_set_new(config, "Volumes", json_null());
    if (json_object_size(json_object_get(config, "ExposedPorts")) == 0)
        json_object_del(config, "ExposedPorts");
    if (json_array_size(json_object_get(config, "Entrypoint")) + json_array_size(json_object_get(config, "Cmd")) == 0) {
        json_decref(config);
        error_set(err, EINVAL, "No command specified");
        return NULL;
    }
    return config;
}

static void set_number(json_t *object, const char *key, long long value) { json_object_set_new(object, key, json_integer(value)); }

json_t *host_config_complete(const json_t *given, struct error *err)
{
    json_t *host = complete(given, host_keys, ARRAY_LEN(host_keys), "HostConfig", err);
    if (!host)
        return NULL;
    long long weight = json_num(host, "BlkioWeight", 0);
    if (weight < 0 || weight > UINT16_MAX) {
        json_decref(host);
        error_set(err, EINVAL,
                  "json: cannot unmarshal number %lld into Go struct field HostConfig.HostConfig.BlkioWeight of type uint16",
                  weight);
        return NULL;
    }
    const struct {
        const char *key, *value;
    } empty_means[] = {{"NetworkMode", "default"},
                       {"IpcMode", "private"},
                       {"Runtime", "slipway-oci"},
                       {"CgroupnsMode", sysinfo_facts()->cgroup_v2 ? "private" : "host"}};
    for (size_t i = 0; i < ARRAY_LEN(empty_means); i++)
        if (!*json_str(host, empty_means[i].key, ""))
            json_object_set_new(host, empty_means[i].key, json_string(empty_means[i].value));

    json_t *log = json_object();
    json_object_set_new(log, "Type", json_string(str_or(json_str(host, "LogConfig.Type", ""), "json-file")));
    json_t *options = json_at(host, "LogConfig.Config");
    json_object_set_new(log, "Config", json_is_object(options) ? json_incref(options) : json_object());
    json_object_set_new(host, "LogConfig", log);

    if (json_num(host, "ShmSize", 0) == 0)
        set_number(host, "ShmSize", 64 << 20);
    if (json_num(host, "PidsLimit", 0) <= 0)
        json_object_set_new(host, "PidsLimit", json_null());
    if (json_num(host, "MemorySwappiness", -1) == -1)
        json_object_set_new(host, "MemorySwappiness", json_null());
    long long memory = json_num(host, "Memory", 0);
    if (memory > 0 && json_num(host, "MemorySwap", 0) == 0)
        set_number(host, "MemorySwap", memory * 2);
    bool privileged = json_flag(host, "Privileged", false);
    bool on_host = str_equal(json_str(host, "PidMode", ""), "host") || str_equal(json_str(host, "IpcMode", ""), "host");
    if ((privileged || on_host) && json_array_size(json_object_get(host, "SecurityOpt")) == 0)
        json_object_set_new(host, "SecurityOpt", json_pack("[s]", "label=disable"));
    if (!json_is_array(json_object_get(host, "MaskedPaths")))
        json_object_set_new(host, "MaskedPaths", privileged ? json_null() : runtime_default_masked_paths());
    if (!json_is_array(json_object_get(host, "ReadonlyPaths")))
        json_object_set_new(host, "ReadonlyPaths", privileged ? json_null() : runtime_default_readonly_paths());
    return host;
}

void config_command(const json_t *config, const char **path, json_t **args)
{
    const json_t *entrypoint = json_object_get(config, "Entrypoint"), *cmd = json_object_get(config, "Cmd");
    *args = json_array();
    if (json_array_size(entrypoint))
        json_array_extend(*args, (json_t *)entrypoint);
    if (json_array_size(cmd))
        json_array_extend(*args, (json_t *)cmd);
    *path = json_string_value(json_array_get(*args, 0));
    if (!*path)
        *path = "";
    /* The text lives on in the config. */
    json_array_remove(*args, 0);
}
