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
#include "kernel/cgroup/cgroup.h"

#include <errno.h>

static const char *const numbers[] = {"Memory",    "MemorySwap", "MemoryReservation", "NanoCpus",           "CpuShares",
                                      "CpuPeriod", "CpuQuota",   "CpuRealtimePeriod", "CpuRealtimeRuntime", "BlkioWeight"};
static const char *const texts[] = {"CpusetCpus", "CpusetMems"};

/* CPUs are counted one way or the other; what was set at creation decides. */
static int conflict_check(const json_t *old, const json_t *request, struct error *err)
{
    static const struct {
        const char *given, *set, *message;
    } conflicts[] = {{"NanoCpus", "CpuPeriod", "Nano CPUs cannot be updated as CPU Period has already been set"},
                     {"NanoCpus", "CpuQuota", "Nano CPUs cannot be updated as CPU Quota has already been set"},
                     {"CpuPeriod", "NanoCpus", "CPU Period cannot be updated as NanoCPUs has already been set"},
                     {"CpuQuota", "NanoCpus", "CPU Quota cannot be updated as NanoCPUs has already been set"}};
    for (size_t i = 0; i < ARRAY_LEN(conflicts); i++)
        if (json_num(request, conflicts[i].given, 0) > 0 && json_num(old, conflicts[i].set, 0) > 0)
            return error_set(err, EBUSY, "Conflicting options: %s", conflicts[i].message);
    long long memory = json_num(request, "Memory", 0);
    if (memory && memory > json_num(old, "MemorySwap", 0) && json_num(request, "MemorySwap", 0) == 0)
        return error_set(err, EBUSY,
                         "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same "
                         "time");
    const char *policy = json_str(request, "RestartPolicy.Name", "");
    if (*policy && !str_equal(policy, "no") && json_flag(old, "AutoRemove", false))
        return error_set(err, EBUSY, "Restart policy cannot be updated because AutoRemove is enabled for the container");
    return 0;
}

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
    json_t *pids = json_object_get(request, "PidsLimit");
    if (pids && !json_is_null(pids) && !json_is_integer(pids))
        return error_set(err, EINVAL, "json: cannot unmarshal a value into Go struct field UpdateConfig.PidsLimit of type int64");
    if (json_is_integer(pids))
        json_object_set_new(host_config, "PidsLimit", json_integer_value(pids) > 0 ? json_incref(pids) : json_null());
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (*json_str(request, texts[i], ""))
            json_object_set_new(host_config, texts[i], json_string(json_str(request, texts[i], "")));
    if (*json_str(request, "RestartPolicy.Name", ""))
        json_object_set(host_config, "RestartPolicy", json_object_get(request, "RestartPolicy"));
    return 0;
}

static int apply(struct instance *instance, const json_t *old, const json_t *host_config, struct error *err)
{
    const char *parent = str_or(json_str(host_config, "CgroupParent", ""), instance->engine->cgroup_parent);
    cleanup_free char *path = str_format("%s%s/%s", *parent == '/' ? "" : "/", parent, instance->id);
    cleanup_json json_t *resources = spec_resources(host_config);
    struct cgroup cgroup;
    int rc = cgroup_open(path, &cgroup, err);
    if (rc < 0)
        return rc;
    struct steps *log = steps_new();
    if (!json_at(resources, "pids") && json_num(old, "PidsLimit", 0) > 0)
        json_object_set_new(resources, "pids", json_pack("{s:i}", "limit", -1));
    rc = cgroup_update(log, &cgroup, resources, err);
    cgroup_close(&cgroup);
    steps_add_log(instance, "update", log);
    steps_free(log);
    return rc;
}

/* A container that has just ended, and whose end nobody has noted yet, has no group; its next start has the new limits. */
static int apply_if_there(struct instance *instance, const json_t *old, const json_t *host_config, struct error *err)
{
    int rc = apply(instance, old, host_config, err);
    if (rc != -ENOENT && rc != -ENODEV)
        return rc;
    if (err)
        *err = ERROR_INIT;
    return 0;
}

int container_update(struct instance *instance, const json_t *request, struct error *err)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&instance->op);
    cleanup_json json_t *old = instance_host_config(instance), *host_config = json_copy(old);
    struct state state = instance_state(instance);
    int rc = state.removing ? error_set(err, EIO, "container is marked for removal and cannot be \"update\"") : 0;
    if (rc == 0)
        rc = conflict_check(old, request, err);
    bool foreseen = rc < 0;
    if (rc == 0)
        rc = merge(host_config, request, err);
    if (rc == 0)
        rc = resources_check(host_config, err);
    if (rc == 0)
        rc = restart_policy_check(host_config, err);
    if (rc == 0 && state.pid)
        foreseen = (rc = apply_if_there(instance, old, host_config, err)) < 0;
    if (foreseen)
        error_prefix(err, "Cannot update container %s", instance->id);
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
