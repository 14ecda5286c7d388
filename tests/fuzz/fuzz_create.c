/* Hostile bodies of POST /containers/create: the input is read as a recipe for a document whose keys are Docker's and whose values
 * are of any type, so that the deep checks are reached; or, for an odd first byte, as the document's text. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const keys[] = {"Hostname",
                                   "Domainname",
                                   "User",
                                   "AttachStdin",
                                   "ExposedPorts",
                                   "Tty",
                                   "OpenStdin",
                                   "Env",
                                   "Cmd",
                                   "Healthcheck",
                                   "Test",
                                   "Interval",
                                   "Image",
                                   "Volumes",
                                   "WorkingDir",
                                   "Entrypoint",
                                   "Labels",
                                   "StopSignal",
                                   "StopTimeout",
                                   "Shell",
                                   "HostConfig",
                                   "Binds",
                                   "LogConfig",
                                   "Type",
                                   "Config",
                                   "NetworkMode",
                                   "PortBindings",
                                   "HostIp",
                                   "HostPort",
                                   "RestartPolicy",
                                   "Name",
                                   "MaximumRetryCount",
                                   "AutoRemove",
                                   "VolumesFrom",
                                   "CapAdd",
                                   "CapDrop",
                                   "CgroupnsMode",
                                   "Dns",
                                   "DnsOptions",
                                   "DnsSearch",
                                   "ExtraHosts",
                                   "GroupAdd",
                                   "IpcMode",
                                   "Links",
                                   "OomScoreAdj",
                                   "PidMode",
                                   "Privileged",
                                   "PublishAllPorts",
                                   "SecurityOpt",
                                   "StorageOpt",
                                   "Tmpfs",
                                   "UTSMode",
                                   "UsernsMode",
                                   "ShmSize",
                                   "Sysctls",
                                   "Runtime",
                                   "CpuShares",
                                   "Memory",
                                   "NanoCpus",
                                   "CgroupParent",
                                   "BlkioWeight",
                                   "BlkioWeightDevice",
                                   "BlkioDeviceReadBps",
                                   "Path",
                                   "Rate",
                                   "CpuPeriod",
                                   "CpuQuota",
                                   "CpusetCpus",
                                   "CpusetMems",
                                   "Devices",
                                   "PathOnHost",
                                   "PathInContainer",
                                   "CgroupPermissions",
                                   "DeviceCgroupRules",
                                   "MemoryReservation",
                                   "MemorySwap",
                                   "MemorySwappiness",
                                   "OomKillDisable",
                                   "PidsLimit",
                                   "Ulimits",
                                   "Soft",
                                   "Hard",
                                   "Mounts",
                                   "Target",
                                   "Source",
                                   "ReadOnly",
                                   "BindOptions",
                                   "VolumeOptions",
                                   "TmpfsOptions",
                                   "Propagation",
                                   "SizeBytes",
                                   "Mode",
                                   "DriverConfig",
                                   "MaskedPaths",
                                   "ReadonlyPaths",
                                   "Init",
                                   "80/tcp",
                                   "nofile",
                                   "/data",
                                   "size",
                                   "max-size",
                                   "net.core.x",
                                   "NetworkingConfig",
                                   "EndpointsConfig"};
static const char *const texts[] = {"",
                                    "/",
                                    "/a",
                                    "/a:/b",
                                    "/a:/b:ro",
                                    "v:/b:rw,z",
                                    "host",
                                    "private",
                                    "none",
                                    "bridge",
                                    "container:x",
                                    "0-1",
                                    "json-file",
                                    "local",
                                    "always",
                                    "on-failure",
                                    "SIGTERM",
                                    "80",
                                    "80/tcp",
                                    "1.2.3.4",
                                    "c 1:3 rwm",
                                    "rwm",
                                    "ALL",
                                    "CAP_NET_RAW",
                                    "A=b",
                                    "bind",
                                    "volume",
                                    "tmpfs",
                                    "size=64m",
                                    "rprivate",
                                    "rshared",
                                    "seccomp=unconfined",
                                    "no-new-privileges",
                                    "1:1",
                                    "8000-8010",
                                    "name:1.2.3.4",
                                    "CMD-SHELL",
                                    "true",
                                    "busybox",
                                    "host-gateway"};

struct recipe {
    const uint8_t *at, *end;
    int left; /* values that may still be made */
};

static unsigned next(struct recipe *recipe) { return recipe->at < recipe->end ? *recipe->at++ : 0; }

static json_t *own_text(struct recipe *recipe)
{
    size_t len = next(recipe) % 32, there = (size_t)(recipe->end - recipe->at);
    len = len < there ? len : there;
    json_t *text = json_text_value((const char *)recipe->at, len);
    recipe->at += len;
    return text;
}

static json_t *cook(struct recipe *recipe, int depth)
{
    unsigned kind = next(recipe) % 9;
    if (depth > 6 || recipe->left-- <= 0)
        return json_null();
    json_t *made;
    unsigned count;
    switch (kind) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(next(recipe) & 1);
    case 2:
        return json_integer((json_int_t)(int8_t)next(recipe) * (1ll << next(recipe) % 56));
    case 3:
        return json_string(texts[next(recipe) % ARRAY_LEN(texts)]);
    case 4:
        return own_text(recipe);
    case 5:
    case 6:
        made = json_array();
        for (count = next(recipe) % 5; count; count--)
            json_array_append_new(made, cook(recipe, depth + 1));
        return made;
    default:
        made = json_object();
        for (count = next(recipe) % 9; count; count--) {
            const char *key = keys[next(recipe) % ARRAY_LEN(keys)];
            json_object_set_new(made, key, cook(recipe, depth + 1));
        }
        return made;
    }
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fuzz_create: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct recipe recipe = {data + 1, data + size, 64};
    cleanup_json json_t *body = data[0] & 1 ? json_loadb((const char *)data + 1, size - 1, 0, NULL) : json_object();
    for (int i = 0; body && !(data[0] & 1) && i < 8; i++)
        json_object_set_new(body, keys[next(&recipe) % ARRAY_LEN(keys)], cook(&recipe, 0));
    if (!json_is_object(body))
        return 0;
    struct error err = ERROR_INIT;
    cleanup_json json_t *image = json_pack("{s:{s:[s], s:[s]}}", "config", "Cmd", "sh", "Env", "PATH=/bin");
    cleanup_json json_t *config = config_complete(body, image, &err);
    must(config || *err.message, "a config refused without a reason");
    cleanup_json json_t *host = host_config_complete(json_object_get(body, "HostConfig"), &err);
    must(host || *err.message, "a host config refused without a reason");
    if (!config || !host)
        return 0;
    int rc = config_check(config, host, &err);
    must(rc <= 0 && (rc == 0) == !err.code, "a check without a reason");
    if (rc < 0)
        return 0;
    struct error why = ERROR_INIT;
    cleanup_json json_t *mounts = mounts_parse(config, host, &why);
    must(mounts || *why.message, "mounts refused without a reason");
    cleanup_json json_t *described = mounts ? mounts_describe(mounts) : NULL;
    const char *path;
    json_t *args = NULL;
    config_command(config, &path, &args);
    json_decref(args);
    return 0;
}
