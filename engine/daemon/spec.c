/* The OCI config of an ordinary container. What Docker shows about itself in golden recordings of its own config.json is the model;
 * annotations of ours (runtime.h) tell the runtime to mount the overlay inside the container's mount namespace. */
#include "daemon/spec.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/instance.h"
#include "kernel/namespaces.h"
#include "runtime/defaults.h"
#include "runtime/runtime.h"
#include "runtime/seccomp_profile.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static json_t *namespaces(const struct spec_input *input)
{
    const json_t *host = input->host_config;
    json_t *list = runtime_default_namespaces(), *out = json_array(), *entry;
    size_t i;
    json_array_foreach(list, i, entry)
    {
        const char *type = json_str(entry, "type", ""), *path = NULL;
        bool keep = true;
        if (str_equal(type, "network"))
            keep = (path = input->network_path) != NULL;
        if (str_equal(type, "pid"))
            keep = !str_equal(json_str(host, "PidMode", ""), "host"), path = input->pid_path;
        if (str_equal(type, "ipc"))
            keep = !str_equal(json_str(host, "IpcMode", ""), "host"), path = input->ipc_path;
        if (str_equal(type, "uts"))
            keep = !str_equal(json_str(host, "UTSMode", ""), "host");
        if (str_equal(type, "cgroup"))
            keep = str_equal(json_str(host, "CgroupnsMode", ""), "private");
        if (!keep)
            continue;
        json_t *copy = json_pack("{s:s}", "type", type);
        if (path)
            json_object_set_new(copy, "path", json_string(path));
        json_array_append_new(out, copy);
    }
    json_decref(list);
    return out;
}

/* The profile of the default capabilities is by far the most used and never changes: made once. */
static json_t *usual_seccomp(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static json_t *usual;
    pthread_mutex_lock(&lock);
    if (!usual)
        usual = runtime_default_seccomp(NULL);
    json_t *profile = json_incref(usual);
    pthread_mutex_unlock(&lock);
    return profile;
}

/* Into `doc`, unless nothing is to be filtered. */
static int add_seccomp(const json_t *host, json_t *doc, struct error *err)
{
    struct security security;
    json_t *profile;
    const json_t *add = json_object_get(host, "CapAdd"), *remove = json_object_get(host, "CapDrop");
    int rc = security_parse(host, &security, err);
    if (rc < 0 || str_equal(security.seccomp, "unconfined") || (json_flag(host, "Privileged", false) && !security.seccomp))
        return rc;
    const char *unknown;
    bool plain = json_array_size(add) + json_array_size(remove) == 0;
    cleanup_json json_t *list = plain ? runtime_default_capabilities() : runtime_tweak_capabilities(add, remove, &unknown);
    if (security.seccomp && !str_equal(security.seccomp, "builtin")) {
        profile = runtime_seccomp_profile(security.seccomp, list, err);
        if (!profile)
            return -err->code;
    } else {
        profile = plain ? usual_seccomp() : runtime_default_seccomp(list);
    }
    json_object_set_new(doc, "seccomp", profile);
    return 0;
}

static json_t *sysctls(const struct spec_input *input)
{
    json_t *out = json_object();
    if (input->network_path) {
        json_object_set_new(out, "net.ipv4.ip_unprivileged_port_start", json_string("0"));
        if (!namespace_confined()) /* groups that a user namespace does not have cannot be written there; dockerd leaves it as well
                                    */
            json_object_set_new(out, "net.ipv4.ping_group_range", json_string("0 2147483647"));
    }
    json_object_update(out, json_object_get(input->host_config, "Sysctls"));
    return out;
}

static json_t *linux_json(const struct spec_input *input, struct error *err)
{
    const json_t *host = input->host_config;
    const struct engine *engine = input->instance->engine;
    json_t *doc = json_object(), *resources = spec_resources(host), *devices = json_array();
    json_t *rules = runtime_default_device_rules(json_flag(host, "Privileged", false));
    int rc = spec_devices(host, devices, rules, err);
    if (rc == 0)
        rc = spec_block_devices(host, resources, err);
    if (rc == 0)
        rc = add_seccomp(host, doc, err);
    json_object_set_new(resources, "devices", rules);
    json_object_set_new(doc, "resources", resources);
    if (json_array_size(devices))
        json_object_set(doc, "devices", devices);
    json_decref(devices);
    json_object_set_new(doc, "sysctl", sysctls(input));
    const char *parent = str_or(json_str(host, "CgroupParent", ""), engine->cgroup_parent);
    json_object_set_new(doc, "cgroupsPath", json_sprintf("%s%s/%s", *parent == '/' ? "" : "/", parent, input->instance->id));
    json_object_set_new(doc, "namespaces", namespaces(input));
    json_t *masked = json_object_get(host, "MaskedPaths"), *read_only = json_object_get(host, "ReadonlyPaths");
    if (json_array_size(masked))
        json_object_set(doc, "maskedPaths", masked);
    if (json_array_size(read_only))
        json_object_set(doc, "readonlyPaths", read_only);
    if (rc == 0)
        return doc;
    json_decref(doc);
    return NULL;
}

static char *rootfs_annotation(const struct rootfs *rootfs)
{
    cleanup_json json_t *doc = json_pack("{s:o, s:s, s:s, s:b, s:b}", "lower", json_from_strv(rootfs->lower), "upper",
                                         rootfs->upper, "work", rootfs->work, "userxattr", 0, "idmap", 0);
    return json_text(doc);
}

static json_t *process_json(const struct spec_input *input, struct error *err)
{
    const struct instance *instance = input->instance;
    cleanup_json json_t *args = json_array();
    if (json_flag(input->host_config, "Init", false)) {
        json_array_append_new(args, json_string("/sbin/docker-init"));
        json_array_append_new(args, json_string("--"));
    }
    json_array_append_new(args, json_string(instance->path));
    json_array_extend(args, instance->args);
    const struct process_request request = {.args = args, .tty = json_flag(instance->config, "Tty", false)};
    return spec_process(input->instance, input->host_config, input->rootfs, &request, err);
}

json_t *spec_build(const struct spec_input *input, struct error *err)
{
    const json_t *host = input->host_config;
    const struct instance *instance = input->instance;
    cleanup_json json_t *doc = json_object();
    json_object_set_new(doc, "ociVersion", json_string(RUNTIME_SPEC));
    json_t *process = process_json(input, err), *mounts = process ? spec_mounts(input, err) : NULL;
    json_object_set_new(doc, "process", process ? process : json_null());
    if (!mounts)
        return NULL;
    json_object_set_new(
        doc, "root",
        json_pack("{s:s, s:b}", "path", input->rootfs->merged, "readonly", (int)json_flag(host, "ReadonlyRootfs", false)));
    const char *hostname = json_str(instance->config, "Hostname", ""), *domain = json_str(instance->config, "Domainname", "");
    if (*hostname && !str_equal(json_str(host, "UTSMode", ""), "host")) {
        json_object_set_new(doc, "hostname", json_string(hostname));
        if (*domain)
            json_object_set_new(doc, "domainname", json_string(domain));
    }
    json_object_set_new(doc, "mounts", mounts);
    if (*domain && str_equal(json_str(host, "UTSMode", ""), "host")) {
        error_set(
            err, EIO,
            "failed to create shim task: OCI runtime create failed: runc create failed: sysctl \"kernel.domainname\" is not in a "
            "separate kernel namespace: unknown");
        return NULL;
    }
    json_t *platform = linux_json(input, err);
    if (!platform)
        return NULL;
    json_object_set_new(doc, "linux", platform);
    cleanup_free char *rootfs = rootfs_annotation(input->rootfs);
    json_t *annotations = json_pack("{s:s}", "org.slipway.rootfs", rootfs);
    if (json_flag(host, "Init", false))
        json_object_set_new(annotations, "org.slipway.init", json_string("1"));
    json_object_update_missing(annotations, json_object_get(host, "Annotations"));
    json_object_set_new(doc, "annotations", annotations);
    return json_incref(doc);
}
