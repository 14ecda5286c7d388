/* The OCI config of a lab sandbox. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/sandbox.h"
#include "daemon/sandbox_abilities.h"
#include "daemon/sandbox_disk.h"
#include "daemon/sandbox_engine.h"
#include "daemon/sandbox_host.h"
#include "daemon/spec.h"
#include "kernel/namespaces.h"
#include "runtime/defaults.h"
#include "runtime/runtime.h"

#include <stdlib.h>

enum { ID_COUNT = 65536 };

static json_t *mapping(uint32_t base)
{
    unsigned ids = namespace_ids();
    return json_pack("[{s:i, s:I, s:I}]", "containerID", 0, "hostID", (json_int_t)base, "size",
                     (json_int_t)(ids < ID_COUNT ? ids : ID_COUNT));
}

static json_t *process_json(const struct instance *instance, const json_t *host_config)
{
    json_t *env = json_pack("[s]", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    json_array_extend(env, json_object_get(instance->config, "Env"));
    cleanup_json json_t *all = runtime_sandbox_capabilities();
    json_t *args = json_pack("[s, s]", "/sbin/docker-init", "--machine");
    if (instance->sandbox->engine)
        json_array_append_new(args, json_string("--engine"));
    if (instance->sandbox->names) {
        json_array_append_new(args, json_string("--hosts"));
        json_array_append_new(args, json_string(instance->sandbox->names));
    }
    json_array_append_new(env, json_sprintf("HOSTNAME=%s", str_or(instance->sandbox->host, "lab")));
    return json_pack("{s:{s:i, s:i, s:[i]}, s:o, s:o, s:s, s:o, s:o}", "user", "uid", 0, "gid", 0, "additionalGids", 0, "args",
                     args, "env", env, "cwd", "/root", "capabilities", runtime_capability_sets(all, true), "rlimits",
                     spec_rlimits(instance->engine, host_config));
}

static json_t *bind(const char *destination, const char *source, bool read_only)
{
    json_t *options = json_pack("[s, s]", "rbind", "rprivate");
    if (read_only)
        json_array_append_new(options, json_string("ro"));
    return json_pack("{s:s, s:s, s:s, s:o}", "destination", destination, "type", "bind", "source", source, "options", options);
}

/* User-Mode Linux, for what only a kernel of one's own can do: labs/tools/rootfs.sh has the command uml. */
static const struct {
    const char *destination, *source;
} uml[] = {{"/usr/lib/slipway/uml/linux", SANDBOX_UML_KERNEL}, {"/usr/lib/slipway/uml/modules", SANDBOX_UML_MODULES}};

static json_t *mounts_json(struct instance *instance, struct error *err)
{
    json_t *list = runtime_default_mounts(true, 0);
    cleanup_free char *init = sandbox_init_path(instance);
    json_array_append_new(list, bind("/sbin/docker-init", init, true));
    for (size_t i = 0; i < ARRAY_LEN(uml) && sandbox_has_uml(NULL); i++)
        json_array_append_new(list, bind(uml[i].destination, uml[i].source, true));
    cleanup_free char *host = sandbox_host_directory(instance->engine);
    json_array_append_new(list, bind(SANDBOX_HOST_PLACE, host, true));
    json_t *work = bind("/work", SANDBOX_WORK, false);
    json_object_set_new(work, "org.slipway.disk", json_true());
    json_array_append_new(list, work);
    if (!instance->sandbox->engine || sandbox_engine_mounts(instance, list, err) == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *linux_json(const struct instance *instance, const json_t *host_config)
{
    json_t *doc = json_object(), *resources = spec_resources(host_config), *namespaces = runtime_default_namespaces();
    json_object_set_new(resources, "devices", runtime_default_device_rules(false));
    json_object_set_new(doc, "resources", resources);
    json_array_append_new(namespaces, json_pack("{s:s}", "type", "user"));
    /* `nsenter --all` goes into every namespace of a process, and may only into those that belong to the machine. */
    if (namespace_known(namespace_kind("time")))
        json_array_append_new(namespaces, json_pack("{s:s}", "type", "time"));
    json_object_set_new(doc, "namespaces", namespaces);
    json_object_set_new(doc, "uidMappings", mapping(instance->sandbox->id_base));
    json_object_set_new(doc, "gidMappings", mapping(instance->sandbox->id_base));
    json_object_set_new(doc, "cgroupsPath", json_sprintf("%s/%s", instance->engine->cgroup_parent, instance->id));
    json_object_set_new(doc, "seccomp", runtime_sandbox_seccomp());
    return doc;
}

json_t *sandbox_spec(struct instance *instance, const struct rootfs *rootfs, const char *network, struct error *err)
{
    (void)network;
    json_t *mounts = mounts_json(instance, err);
    if (!mounts)
        return NULL;
    cleanup_json json_t *host_config = instance_host_config(instance);
    cleanup_free char *disk = sandbox_disk_path(instance);
    cleanup_json json_t *overlay = json_pack("{s:o, s:s, s:s, s:s, s:b, s:b, s:I}", "lower", json_from_strv(rootfs->lower), "disk",
                                             disk, "upper", SANDBOX_UPPER, "work", SANDBOX_SCRATCH, "userxattr", 1, "idmap",
                                             !namespace_confined(), "io", (json_int_t)instance->sandbox->io);
    cleanup_free char *annotation = json_text(overlay);
    json_t *doc = json_object();
    json_object_set_new(doc, "ociVersion", json_string(RUNTIME_SPEC));
    json_object_set_new(doc, "process", process_json(instance, host_config));
    json_object_set_new(doc, "root", json_pack("{s:s, s:b}", "path", rootfs->merged, "readonly", 0));
    json_object_set_new(doc, "hostname", json_string(str_or(instance->sandbox->host, "lab")));
    json_object_set_new(doc, "mounts", mounts);
    json_object_set_new(doc, "linux", linux_json(instance, host_config));
    json_object_set_new(
        doc, "annotations",
        json_pack("{s:s, s:s, s:s}", "org.slipway.rootfs", annotation, "org.slipway.sandbox", "1", "org.slipway.init", "1"));
    return doc;
}
