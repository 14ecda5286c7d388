/* Other containers' namespaces and files of /etc, at the moment of a start. */
#include "daemon/joining.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"

#include <errno.h>
#include <string.h>

static const char *joined(const json_t *host_config, const char *key)
{
    const char *mode = json_str(host_config, key, "");
    return str_starts(mode, "container:") ? mode + strlen("container:") : NULL;
}

static bool shares_ipc(struct instance *other)
{
    cleanup_json json_t *theirs = instance_host_config(other);
    const char *mode = json_str(theirs, "IpcMode", "");
    return str_equal(mode, "shareable") || str_equal(mode, "host") || str_starts(mode, "container:");
}

static int not_running(struct instance *other, const char *prefix, struct error *err)
{
    struct state state = instance_state(other);
    bool restarting = state.restarting;
    state_clear(&state);
    if (restarting)
        return error_set(err, EBUSY, "%sContainer %s is restarting, wait until the container is running", prefix, other->id);
    return error_set(err, EBUSY, "%sContainer %s is not running", prefix, other->id);
}

int joining_namespace(struct instance *instance, const json_t *host_config, const char *key, char **path, struct error *err)
{
    const char *id = joined(host_config, key);
    bool ipc = str_equal(key, "IpcMode");
    *path = NULL;
    if (!id)
        return 0;
    cleanup_free char *prefix = ipc ? str_format("can't join IPC of container %s: ", id)
                                    : str_format("cannot join PID of a non running container: %s: ", id);
    cleanup_instance struct instance *other = table_find(instance->engine, id, err);
    if (!other) {
        prefix[strlen(prefix) - 2] = '\0';
        return error_prefix(err, "%s", prefix);
    }
    pid_t pid = instance_running_pid(other);
    if (!pid)
        return not_running(other, prefix, err);
    if (ipc && !shares_ipc(other))
        return error_set(err, EINVAL, "%snon-shareable IPC (hint: use IpcMode:shareable for the donor container)", prefix);
    *path = str_format("/proc/%d/ns/%s", (int)pid, ipc ? "ipc" : "pid");
    return 0;
}

char *joining_etc(struct instance *instance, const json_t *host_config)
{
    enum { CHAIN_MOST = 64 };
    cleanup_instance struct instance *owner = instance_ref(instance);
    cleanup_json json_t *theirs = json_incref((json_t *)host_config);
    for (int i = 0; i < CHAIN_MOST; i++) {
        const char *id = joined(theirs, "NetworkMode");
        struct instance *other = id ? table_find(instance->engine, id, NULL) : NULL;
        if (!other)
            break;
        json_decref(theirs);
        theirs = instance_host_config(other);
        instance_unref(owner);
        owner = other;
    }
    return xstrdup(owner->directory);
}
