/* Changing the limits of a container, running or not, and its restart policy. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/spec.h"
#include "daemon/steps.h"
#include "kernel/cgroup.h"

#include <errno.h>

static const char *const numbers[] = {"Memory",    "MemorySwap", "MemoryReservation", "NanoCpus",   "CpuShares",
                                      "CpuPeriod", "CpuQuota",   "PidsLimit",         "BlkioWeight"};
static const char *const texts[] = {"CpusetCpus", "CpusetMems"};

/* What was given and is not zero takes the place of what was there, as dockerd reads it. */
static int merge(json_t *host_config, const json_t *request, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        const json_t *value = json_object_get(request, numbers[i]);
        if (value && !json_is_null(value) && !json_is_integer(value))
            return error_set(err, EINVAL, "json: cannot unmarshal %s into Go struct field UpdateConfig.%s of type int64",
                             json_is_string(value) ? "string" : "a value", numbers[i]);
        if (json_integer_value(value))
            json_object_set_new(host_config, numbers[i], json_integer(json_integer_value(value)));
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (*json_str(request, texts[i], ""))
            json_object_set_new(host_config, texts[i], json_string(json_str(request, texts[i], "")));
    if (*json_str(request, "RestartPolicy.Name", ""))
        json_object_set(host_config, "RestartPolicy", json_object_get(request, "RestartPolicy"));
    return 0;
}

static int apply(struct instance *instance, const json_t *host_config, struct error *err)
{
    const char *parent = str_or(json_str(host_config, "CgroupParent", ""), instance->engine->cgroup_parent);
    cleanup_free char *path = str_format("%s%s/%s", *parent == '/' ? "" : "/", parent, instance->id);
    cleanup_json json_t *resources = spec_resources(host_config);
    struct cgroup cgroup;
    int rc = cgroup_open(path, &cgroup, err);
    if (rc < 0)
        return rc;
    struct steps *log = steps_new();
    rc = cgroup_limit(log, &cgroup, resources, err);
    cgroup_close(&cgroup);
    steps_add_log(instance, "update", log);
    steps_free(log);
    return rc < 0 ? error_prefix(err, "Cannot update container %s", instance->id) : 0;
}

int container_update(struct instance *instance, const json_t *request, struct error *err)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&instance->op);
    cleanup_json json_t *old = instance_host_config(instance), *host_config = json_copy(old);
    struct state state = instance_state(instance);
    int rc = merge(host_config, request, err);
    if (rc == 0)
        rc = resources_check(host_config, err);
    if (rc == 0)
        rc = restart_policy_check(host_config, err);
    if (rc == 0 && state.pid)
        rc = apply(instance, host_config, err);
    state_clear(&state);
    if (rc == 0) {
        pthread_mutex_lock(&engine->lock);
        json_decref(instance->host_config);
        instance->host_config = json_incref(host_config);
        pthread_mutex_unlock(&engine->lock);
        disk_note(instance);
        event_container(instance, "update", NULL);
        instance_changed(instance);
    }
    pthread_mutex_unlock(&instance->op);
    return rc;
}
