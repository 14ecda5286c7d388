/* Volumes and the containers that use them; see volumes.h. One lock makes "does anybody use it?" and what is done about the answer
 * one step: a container is in the table before its volumes are made. */
#include "daemon/volumes.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/propagation.h"
#include "daemon/steps.h"
#include "kernel/mount/mount.h"
#include "volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t using = PTHREAD_MUTEX_INITIALIZER;

/* What may take long waits only for its own volume, and the few that share its row. */
static struct row {
    pthread_mutex_t filling;  /* what two containers begin at once is copied once */
    pthread_mutex_t mounting; /* innermost */
} rows[16] = {[0 ... 15] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER}};

static struct row *row_of(const char *name)
{
    unsigned hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return &rows[hash % ARRAY_LEN(rows)];
}

static bool is_volume(const json_t *mount) { return str_equal(json_str(mount, "Type", ""), "volume"); }

static bool uses(const struct instance *instance, const char *name)
{
    const char *destination;
    json_t *mount;
    json_object_foreach(instance->mounts, destination, mount)
    {
        if (is_volume(mount) && str_equal(json_str(mount, "Name", ""), name))
            return true;
    }
    return false;
}

static bool holds(const struct instance *instance, const char *name)
{
    pthread_mutex_lock(&instance->engine->lock);
    bool held = instance->volumes_held;
    pthread_mutex_unlock(&instance->engine->lock);
    return held && uses(instance, name);
}

json_t *volumes_users(struct engine *engine, const char *name)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    json_t *users = json_array();
    for (size_t i = 0; i < count; i++)
        if (uses(all[i], name))
            json_array_append_new(users, json_string(all[i]->id));
    table_all_free(all, count);
    return users;
}

/* Does a container other than `but` have it mounted now? */
static bool held_elsewhere(struct engine *engine, const char *name, const struct instance *but)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    bool found = false;
    for (size_t i = 0; i < count && !found; i++)
        found = all[i] != but && holds(all[i], name);
    table_all_free(all, count);
    return found;
}

/* An event each time somebody asks for it, also when it is there: so has dockerd. */
static int create_locked(struct engine *engine, const char *name, const json_t *labels, const json_t *options, char **named,
                         struct error *err)
{
    bool made;
    int rc = volume_create(engine->data_root, name, labels, options, named, &made, err);
    if (rc == 0)
        event_emit(engine, "volume", "create", *named, json_pack("{s:s}", "driver", "local"));
    return rc;
}

json_t *volumes_create(struct engine *engine, const char *name, const json_t *labels, const json_t *options, struct error *err)
{
    cleanup_free char *named = NULL;
    pthread_mutex_lock(&using);
    int rc = create_locked(engine, name, labels, options, &named, err);
    json_t *doc = rc < 0 ? NULL : volume_inspect(engine->data_root, named, err);
    pthread_mutex_unlock(&using);
    return doc;
}

/* Unmounted, unless another container that runs has it. */
static void let_go(struct instance *instance, const char *name)
{
    struct error err = ERROR_INIT;
    pthread_mutex_lock(&row_of(name)->mounting);
    if (volume_is_mounted(instance->engine->data_root, name) && !held_elsewhere(instance->engine, name, instance) &&
        volume_unmount(instance->engine->data_root, name, &err) < 0)
        log_warn("%s", err.message);
    pthread_mutex_unlock(&row_of(name)->mounting);
}

/* Filling: from the image's directory at the place of the mount, found as the container would find it. */
static int fill(struct instance *instance, int view, const char *destination, const json_t *mount, struct error *err)
{
    const char *name = json_str(mount, "Name", "");
    struct engine *engine = instance->engine;
    int from cleanup_close = root_open(view, destination, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from == -ENOENT || from == -ENOTDIR || from == -ELOOP)
        return 0;
    if (from < 0)
        return error_errno(err, -from, "open %s of the image", destination);
    cleanup_json json_t *volume = volume_inspect(engine->data_root, name, err);
    if (!volume)
        return -err->code;
    bool mounts = volume_options_mount(json_object_get(volume, "Options"));
    pthread_mutex_lock(&row_of(name)->filling);
    struct steps *log = steps_new();
    pthread_mutex_lock(&row_of(name)->mounting);
    int rc = mounts ? volume_mount(log, engine->data_root, name, err) : 0;
    if (mounts && rc == 0)
        rc = volume_fill_settle(engine->data_root, name, err);
    pthread_mutex_unlock(&row_of(name)->mounting);
    steps_add_log(instance, "create", log);
    steps_free(log);
    cleanup_json json_t *users = volumes_users(engine, name);
    if (rc == 0)
        rc = volume_fill(engine->data_root, name, json_str(mount, "Subpath", ""), from, json_array_size(users) > 1, err);
    if (mounts)
        let_go(instance, name);
    pthread_mutex_unlock(&row_of(name)->filling);
    return rc;
}

static int fill_all(struct instance *instance, const struct rootfs *rootfs, struct error *err)
{
    const char *destination;
    json_t *mount;
    int view cleanup_close = -EBADF, rc = 0;
    json_object_foreach(instance->mounts, destination, mount)
    {
        const char *name = json_str(mount, "Name", "");
        bool part = *json_str(mount, "Subpath", "");
        if (!is_volume(mount) || json_flag(mount, "NoCopy", false) ||
            (!part && !volume_is_empty(instance->engine->data_root, name)))
            continue;
        if (view < 0) {
            const struct overlay overlay = {.lower = rootfs->lower};
            struct steps *log = steps_new();
            view = mount_overlay_view(log, &overlay, rootfs->merged, err);
            steps_add_log(instance, "create", log);
            steps_free(log);
        }
        if (view < 0)
            return view;
        if ((rc = fill(instance, view, destination, mount, err)) < 0)
            return rc;
    }
    return 0;
}

int volumes_prepare(struct instance *instance, const struct rootfs *rootfs, json_t *made, struct error *err)
{
    struct engine *engine = instance->engine;
    const char *destination;
    json_t *mount;
    int rc = 0;
    bool any = false;
    json_object_foreach(instance->mounts, destination, mount)
    {
        if (!is_volume(mount) || rc < 0)
            continue;
        const char *name = json_str(mount, "Name", "");
        bool own = json_flag(mount, "Anonymous", false) && !json_flag(mount, "Inherited", false);
        cleanup_json json_t *labels = json_deep_copy(json_at(mount, "Spec.VolumeOptions.Labels"));
        if (own) {
            if (!json_is_object(labels)) {
                json_decref(labels);
                labels = json_object();
            }
            json_object_set_new(labels, VOLUME_ANONYMOUS, json_string(""));
        }
        cleanup_free char *named = NULL;
        pthread_mutex_lock(&using);
        rc = create_locked(engine, name, labels, json_at(mount, "Spec.VolumeOptions.DriverConfig.Options"), &named, err);
        pthread_mutex_unlock(&using);
        if (rc == 0 && own)
            json_array_append_new(made, json_string(name));
        any = true;
    }
    return rc < 0 || !any ? rc : fill_all(instance, rootfs, err);
}

int volumes_inherit(struct engine *engine, const json_t *host_config, json_t *mounts, struct error *err)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(host_config, "VolumesFrom"), i, entry)
    {
        cleanup_free char *name = NULL;
        bool read_only;
        int rc = volumes_from_parse(str_or(json_string_value(entry), ""), &name, &read_only, err);
        if (rc < 0)
            return rc;
        cleanup_instance struct instance *other = table_find(engine, name, err);
        if (!other)
            return -(err->code = EINVAL);
        mounts_inherit(mounts, other->mounts, read_only);
    }
    return 0;
}

static int hold_bind(const json_t *mount, struct error *err)
{
    const char *source = json_str(mount, "Source", "");
    if (path_exists(source))
        return propagation_check_here(source, json_str(mount, "Propagation", ""), err);
    if (!json_flag(mount, "CreateSource", false))
        return error_set(err, EINVAL, "invalid mount config for type \"bind\": bind source path does not exist: %s", source);
    int rc = path_make_dirs(source, 0755, err);
    return rc < 0 ? error_prefix(err, "error while creating mount source path '%s'", source)
                  : propagation_check_here(source, json_str(mount, "Propagation", ""), err);
}

/* Told here in plain words; what is mounted is found once more, safely, when it is. */
static int check_subpath(const json_t *mount, struct error *err)
{
    const char *subpath = json_str(mount, "Subpath", ""), *source = json_str(mount, "Source", "");
    if (!*subpath)
        return 0;
    int top cleanup_close = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int found cleanup_close = top < 0 ? -errno : beneath_open(top, subpath, O_PATH | O_CLOEXEC);
    if (found == -EXDEV)
        return error_set(err, EINVAL, "cannot access path %s/%s: it leads out of the volume", source, subpath);
    if (found < 0)
        return error_set(err, found == -ENOENT ? EINVAL : -found, "cannot access path %s/%s: %s", source, subpath,
                         found == -ENOENT ? "no such file or directory" : strerror(-found));
    return 0;
}

static int hold_volume(struct instance *instance, const json_t *mount, struct error *err)
{
    const char *name = json_str(mount, "Name", "");
    struct steps *log = steps_new();
    /* A filling that did not know of this container yet puts another directory in place: after it, not before. */
    pthread_mutex_lock(&row_of(name)->filling);
    pthread_mutex_unlock(&row_of(name)->filling);
    pthread_mutex_lock(&row_of(name)->mounting);
    bool was = volume_is_mounted(instance->engine->data_root, name);
    int rc = volume_mount(log, instance->engine->data_root, name, err);
    if (rc == 0 && !was && volume_is_mounted(instance->engine->data_root, name)) /* a filling may have been interrupted */
        rc = volume_fill_settle(instance->engine->data_root, name, err);
    if (rc == 0)
        rc = check_subpath(mount, err);
    pthread_mutex_unlock(&row_of(name)->mounting);
    steps_add_log(instance, "create", log);
    steps_free(log);
    return rc;
}

int volumes_hold(struct instance *instance, struct error *err)
{
    const char *destination;
    json_t *mount;
    int rc = 0;
    if (!json_object_size(instance->mounts))
        return 0;
    pthread_mutex_lock(&instance->engine->lock);
    instance->volumes_held = true; /* first: nobody unmounts below us */
    pthread_mutex_unlock(&instance->engine->lock);
    json_object_foreach(instance->mounts, destination, mount)
    {
        if (rc == 0 && str_equal(json_str(mount, "Type", ""), "bind"))
            rc = hold_bind(mount, err);
        if (rc == 0 && is_volume(mount))
            rc = hold_volume(instance, mount, err);
    }
    return rc;
}

void volumes_release(struct instance *instance)
{
    const char *destination;
    json_t *mount;
    pthread_mutex_lock(&instance->engine->lock);
    bool held = instance->volumes_held;
    instance->volumes_held = false;
    pthread_mutex_unlock(&instance->engine->lock);
    if (!held)
        return;
    json_object_foreach(instance->mounts, destination, mount)
    {
        if (is_volume(mount))
            let_go(instance, json_str(mount, "Name", ""));
    }
}

static int remove_locked(struct engine *engine, const char *name, struct error *err)
{
    cleanup_json json_t *users = volumes_users(engine, name);
    if (json_array_size(users)) {
        cleanup_strv char **ids = json_to_strv(users);
        cleanup_free char *joined = strv_join(ids, " ");
        return error_set(err, EBUSY, "remove %s: volume is in use - [%s]", name, joined);
    }
    int rc = volume_discard(engine->data_root, name, err);
    if (rc == 0)
        event_emit(engine, "volume", "destroy", name, json_pack("{s:s}", "driver", "local"));
    return rc;
}

int volumes_remove(struct engine *engine, const char *name, struct error *err)
{
    pthread_mutex_lock(&using);
    int rc = remove_locked(engine, name, err);
    pthread_mutex_unlock(&using);
    return rc < 0 ? rc : volume_clear(engine->data_root, err);
}

void volumes_drop_anonymous(struct instance *instance)
{
    const char *destination;
    json_t *mount;
    json_object_foreach(instance->mounts, destination, mount)
    {
        struct error err = ERROR_INIT;
        const char *name = json_str(mount, "Name", "");
        if (!json_flag(mount, "Anonymous", false))
            continue;
        pthread_mutex_lock(&using);
        int rc = remove_locked(instance->engine, name, &err);
        pthread_mutex_unlock(&using);
        if (rc < 0 && rc != -EBUSY && rc != -ENOENT) /* another container may have taken it with --volumes-from */
            log_warn("removing volume %s: %s", name, err.message);
    }
}

void volumes_clear(struct engine *engine)
{
    struct error err = ERROR_INIT;
    if (volume_clear(engine->data_root, &err) < 0)
        log_warn("%s", err.message);
}

json_t *volumes_prune(struct engine *engine, bool all, bool (*wanted)(const json_t *volume, const void *data), const void *data)
{
    cleanup_json json_t *volumes = volume_list(engine->data_root), *deleted = json_array();
    json_t *volume;
    size_t i;
    int64_t freed = 0;
    json_array_foreach(volumes, i, volume)
    {
        struct error err = ERROR_INIT;
        const char *name = json_str(volume, "Name", "");
        bool anonymous = json_object_get(json_object_get(volume, "Labels"), VOLUME_ANONYMOUS) != NULL;
        if ((!all && !anonymous) || (wanted && !wanted(volume, data)))
            continue;
        cleanup_json json_t *users = volumes_users(engine, name);
        if (json_array_size(users))
            continue;
        int64_t size = volume_size(engine->data_root, name);
        if (volumes_remove(engine, name, &err) < 0) {
            if (err.code != EBUSY && err.code != ENOENT)
                log_warn("pruning volume %s: %s", name, err.message);
            continue;
        }
        freed += size;
        json_array_append_new(deleted, json_string(name));
    }
    event_emit(engine, "volume", "prune", "", json_pack("{s:o}", "reclaimed", json_sprintf("%lld", (long long)freed)));
    return json_pack("{s:O?, s:I}", "VolumesDeleted", json_array_size(deleted) ? deleted : NULL, "SpaceReclaimed",
                     (json_int_t)freed);
}

json_t *volumes_usage(struct engine *engine)
{
    json_t *volumes = volume_list(engine->data_root), *volume;
    size_t i;
    json_array_foreach(volumes, i, volume)
    {
        const char *name = json_str(volume, "Name", "");
        cleanup_json json_t *users = volumes_users(engine, name);
        json_object_set_new(volume, "UsageData",
                            json_pack("{s:I, s:I}", "RefCount", (json_int_t)json_array_size(users), "Size",
                                      (json_int_t)volume_size(engine->data_root, name)));
    }
    return volumes;
}

static bool held_by_any(const char *name, void *data) { return held_elsewhere(data, name, NULL); }

void volumes_settle(struct engine *engine) { volume_recover(engine->data_root, held_by_any, engine); }
