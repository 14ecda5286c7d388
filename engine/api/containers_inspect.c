/* GET /containers/{id}/json with all of Docker's keys. */
#include "api/containers.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/exec.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/links.h"
#include "observe/sizes.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

static json_t *time_json(int64_t ns)
{
    char text[CLOCK_TEXT] = CLOCK_ZERO;
    if (ns)
        clock_rfc3339(ns, text);
    return json_string(text);
}

static json_t *state_json(struct instance *instance)
{
    struct state state = instance_state(instance);
    json_t *doc = json_object();
    json_object_set_new(doc, "Status", json_string(state_status(&state)));
    json_object_set_new(doc, "Running", json_boolean(state.running));
    json_object_set_new(doc, "Paused", json_boolean(state.paused));
    json_object_set_new(doc, "Restarting", json_boolean(state.restarting));
    json_object_set_new(doc, "OOMKilled", json_boolean(state.oom_killed));
    json_object_set_new(doc, "Dead", json_boolean(state.dead));
    json_object_set_new(doc, "Pid", json_integer(state.pid));
    json_object_set_new(doc, "ExitCode", json_integer(state.exit_code));
    json_object_set_new(doc, "Error", json_string(str_or(state.error, "")));
    json_object_set_new(doc, "StartedAt", time_json(state.started_ns));
    json_object_set_new(doc, "FinishedAt", time_json(state.finished_ns));
    state_clear(&state);
    pthread_mutex_lock(&instance->engine->lock);
    json_t *health = health_json(instance);
    pthread_mutex_unlock(&instance->engine->lock);
    if (health)
        json_object_set_new(doc, "Health", health);
    return doc;
}

static void put_paths(json_t *doc, struct instance *instance, bool written)
{
    static const struct {
        const char *key, *file;
    } paths[] = {{"ResolvConfPath", "resolv.conf"}, {"HostnamePath", "hostname"}, {"HostsPath", "hosts"}};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        json_object_set_new(doc, paths[i].key,
                            written ? json_sprintf("%s/%s", instance->directory, paths[i].file) : json_string(""));
    cleanup_free char *log_path = instance_log_path(instance);
    json_object_set_new(doc, "LogPath", json_string(written && log_path ? log_path : ""));
}

void container_put_sizes(json_t *doc, struct instance *instance)
{
    struct rootfs rootfs = {0};
    struct error err = ERROR_INIT;
    struct engine *engine = instance->engine;
    if (rootfs_open(engine->images, instance->id, &rootfs, &err) < 0)
        return;
    int64_t own = sizes_of_tree(rootfs.upper).bytes, below = image_size(engine->images, instance->image_id);
    for (size_t i = 0; !below && rootfs.lower && rootfs.lower[i]; i++) /* its image was removed by force */
        below += sizes_of_fixed_tree(rootfs.lower[i]).bytes;
    json_object_set_new(doc, "SizeRw", json_integer(own));
    json_object_set_new(doc, "SizeRootFs", json_integer(own + below));
    rootfs_clear(&rootfs);
}

/* Clients of before 1.42 expect two limits that the kernel has given up. */
static json_t *host_config_for(struct instance *instance, json_t *host_config, int version)
{
    json_t *copy = json_copy(host_config);
    json_object_set_new(copy, "Links", links_describe(instance)); /* by the names that they have now */
    if (version >= 42)
        return copy;
    json_object_set_new(copy, "KernelMemory", json_integer(0));
    json_object_set_new(copy, "KernelMemoryTCP", json_integer(0));
    return copy;
}

static json_t *describe(struct instance *instance, bool sizes, int version)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *host_config = instance_host_config(instance);
    json_t *doc = json_object();
    json_object_set_new(doc, "Id", json_string(instance->id));
    json_object_set_new(doc, "Created", time_json(instance->created_ns));
    json_object_set_new(doc, "Path", json_string(instance->path));
    json_object_set(doc, "Args", instance->args);
    json_object_set_new(doc, "State", state_json(instance));
    json_object_set_new(doc, "Image", json_string(instance->image_id));
    pthread_mutex_lock(&instance->engine->lock);
    bool written = instance->started_before;
    json_t *name = json_sprintf("/%s", instance->name), *restarts = json_integer(instance->restart_count);
    pthread_mutex_unlock(&instance->engine->lock);
    put_paths(doc, instance, written);
    json_object_set_new(doc, "Name", name);
    json_object_set_new(doc, "RestartCount", restarts);
    json_object_set_new(doc, "Driver", json_string("overlay2"));
    json_object_set_new(doc, "Platform", json_string("linux"));
    static const char *const empty[] = {"MountLabel", "ProcessLabel", "AppArmorProfile"};
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        json_object_set_new(doc, empty[i], json_string(""));
    json_object_set_new(doc, "ExecIDs", exec_ids(instance));
    json_object_set_new(doc, "HostConfig", host_config_for(instance, host_config, version));
    json_t *driver = rootfs_graph_driver(instance->engine->images, instance->id, &err);
    json_object_set_new(doc, "GraphDriver", driver ? driver : json_null());
    if (sizes)
        container_put_sizes(doc, instance);
    json_object_set_new(doc, "Mounts", mounts_describe(instance->mounts));
    json_object_set(doc, "Config", instance->config);
    json_object_set_new(doc, "NetworkSettings", network_settings(instance, host_config, true));
    return doc;
}

enum MHD_Result containers_inspect(struct request *request)
{
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    return reply_json(request, 200, describe(instance, query_flag(request, "size", false), request->version));
}
