/* Making a container: check everything, enter the table (which claims the name), then the directory, the layer, the volumes, the
 * state on disk. A crash in between leaves a directory without config.v2.json, which recovery clears away. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/etc.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/janitor.h"
#include "daemon/lifecycle.h"
#include "daemon/links.h"
#include "daemon/logging.h"
#include "daemon/membership.h"
#include "daemon/volumes.h"
#include "kernel/mount/quota.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int find_image(struct engine *engine, const char *name, char id[DIGEST_TEXT], json_t **config, struct error *err)
{
    if (!*name)
        return error_set(err, EINVAL, "no image was given");
    int rc = image_find(engine->images, name, id, config, err);
    if (rc == -ENOENT && !atomic_load(&engine->images_ready)) { /* the shipped ones may still be coming in */
        engine_wait_images(engine);
        *err = ERROR_INIT;
        rc = image_find(engine->images, name, id, config, err);
    }
    return rc;
}

/* Another container whose namespace is joined must exist; its name is replaced by its id, as dockerd does. */
static int resolve_mode(struct engine *engine, json_t *host_config, const char *key, struct error *err)
{
    const char *mode = json_str(host_config, key, "");
    if (!str_starts(mode, "container:"))
        return 0;
    cleanup_instance struct instance *other = table_find(engine, mode + 10, err);
    if (!other)
        return -(err->code = EINVAL);
    json_object_set_new(host_config, key, json_sprintf("container:%s", other->id));
    return 0;
}

static int check_network(struct engine *engine, json_t *host_config, struct error *err)
{
    static const char *const keys[] = {"NetworkMode", "PidMode", "IpcMode"};
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(keys) && rc == 0; i++)
        rc = resolve_mode(engine, host_config, keys[i], err);
    return rc;
}

static void set_hostname(struct instance *instance, const json_t *host_config)
{
    if (*json_str(instance->config, "Hostname", ""))
        return;
    const char *mode = host_network_mode(host_config);
    char own[256] = "";
    cleanup_instance struct instance *other =
        str_starts(mode, "container:") ? table_find(instance->engine, mode + strlen("container:"), NULL) : NULL;
    if (other) { /* whoever shares a network shares its names */
        json_object_set(instance->config, "Hostname", json_object_get(other->config, "Hostname"));
        json_object_set(instance->config, "Domainname", json_object_get(other->config, "Domainname"));
        return;
    }
    if (str_equal(mode, "host"))
        gethostname(own, sizeof own - 1);
    else
        snprintf(own, sizeof own, "%.12s", instance->id);
    json_object_set_new(instance->config, "Hostname", json_string(own));
}

/* --storage-opt size=: a limit on the container's own layer. */
static int storage_limit(const struct rootfs *rootfs, const json_t *host_config, struct error *err)
{
    const char *size = json_str(host_config, "StorageOpt.size", "");
    int64_t bytes;
    if (!*size)
        return 0;
    if (!units_parse_bytes(size, &bytes))
        return error_set(err, EINVAL, "invalid size: '%s'", size);
    const char *const directories[] = {rootfs->upper, rootfs->work, NULL};
    int rc = bytes > 0 ? quota_limit(directories, bytes, err) : 0;
    return rc == -ENOTSUP
               ? error_set(err, EINVAL, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option")
               : rc;
}

static int make_files(struct instance *instance, const json_t *host_config, json_t *volumes, struct error *err)
{
    struct engine *engine = instance->engine;
    struct rootfs rootfs = {0};
    if (mkdir(instance->directory, 0710) < 0)
        return error_errno(err, errno, "mkdir %s", instance->directory);
    int rc = rootfs_create(engine->images, instance->id, instance->image_id, &rootfs, err);
    if (rc == 0)
        rc = storage_limit(&rootfs, host_config, err);
    if (rc == 0)
        rc = volumes_prepare(instance, &rootfs, volumes, err);
    rootfs_clear(&rootfs);
    if (rc == 0)
        rc = disk_save(instance, !json_flag(host_config, "AutoRemove", false), err);
    return rc;
}

static void undo(struct instance *instance, const json_t *volumes)
{
    size_t i;
    json_t *name;
    struct error err = ERROR_INIT;
    table_remove(instance);
    janitor_clear_now(instance->engine, instance->id);
    json_array_foreach(volumes, i, name) volumes_remove(instance->engine, json_string_value(name), &err);
}

/* "linux/amd64" against what the image says of itself; parts that are not given fit anything. */
static int check_platform(const char *image, const json_t *config, const char *wanted, struct error *err)
{
    cleanup_strv char **parts = str_split(wanted, '/');
    const char *const own[] = {json_str(config, "os", "linux"), json_str(config, "architecture", ""),
                               json_str(config, "variant", "")};
    for (size_t i = 0; i < ARRAY_LEN(own) && parts[i]; i++) {
        const char *part = str_equal(parts[i], "x86_64") ? "amd64" : str_equal(parts[i], "aarch64") ? "arm64" : parts[i];
        bool only_architecture = !parts[1] && !str_equal(part, "linux") && !str_equal(part, "windows");
        if (!*part || str_equal(part, own[only_architecture ? 1 : i]))
            continue;
        return error_set(err, ENOENT,
                         "image with reference %s was found but does not match the specified platform: wanted %s, actual: %s/%s",
                         image, wanted, own[0], own[1]);
    }
    return 0;
}

/* Everything that can be wrong with the request; fills in what was not said. */
static int check(struct engine *engine, const char *name, const json_t *request, struct instance *instance, json_t *warnings,
                 struct error *err)
{
    if (name && !name_valid(*name == '/' ? name + 1 : name))
        return error_set(err, EINVAL, "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name);
    const char *image = json_str(request, "Image", "");
    cleanup_json json_t *image_config = NULL;
    char image_id[DIGEST_TEXT];
    int rc = find_image(engine, image, image_id, &image_config, err);
    if (rc < 0)
        return rc;
    rc = check_platform(image, image_config, json_str(request, "Platform", ""), err);
    if (rc < 0)
        return rc;
    instance->image_id = xstrdup(image_id);
    instance->image = xstrdup(image);
    instance->host_config = host_config_complete(json_object_get(request, "HostConfig"), err);
    if (!instance->host_config)
        return -err->code;
    rc = host_config_defaults(engine, json_object_get(request, "HostConfig"), instance->host_config, err);
    if (rc < 0)
        return rc;
    log_config_settle(engine, *json_str(request, "HostConfig.LogConfig.Type", ""), instance->host_config);
    resources_discard(instance->host_config, warnings);
    instance->config = config_complete(request, image_config, err);
    if (!instance->config)
        return -err->code;
    rc = config_check(instance->config, instance->host_config, err);
    if (rc == 0)
        rc = extra_hosts_check(json_object_get(instance->host_config, "ExtraHosts"), err);
    if (rc == 0)
        rc = check_network(engine, instance->host_config, err);
    if (rc == 0)
        rc = memberships_parse(instance, request, err);
    if (rc < 0)
        return rc;
    instance->mounts = mounts_parse(instance->config, instance->host_config, err);
    if (!instance->mounts)
        return -err->code;
    rc = volumes_inherit(engine, instance->host_config, instance->mounts, err);
    if (rc == 0)
        rc = links_resolve(engine, instance->host_config, &instance->links, err);
    if (rc < 0)
        return rc;
    mounts_name(engine->data_root, instance->mounts);
    if (json_object_size(json_object_get(instance->host_config, "PortBindings")) &&
        str_equal(host_network_mode(instance->host_config), "host"))
        json_array_append_new(warnings, json_string("Published ports are discarded when using host network mode"));
    set_hostname(instance, instance->host_config);
    const char *path;
    config_command(instance->config, &path, &instance->args);
    instance->path = xstrdup(path);
    return 0;
}

int container_create(struct engine *engine, const char *name, const json_t *request, struct instance **out, json_t **warnings,
                     struct error *err)
{
    char id[ID_TEXT];
    id_generate(id);
    struct instance *instance = instance_new(engine, id);
    *warnings = json_array();
    int rc = check(engine, name, request, instance, *warnings, err);
    instance->created_ns = clock_wall_ns();
    /* Whoever finds it by name before it is whole waits for this lock. */
    pthread_mutex_lock(&instance->op);
    if (rc == 0)
        rc = table_add(instance, name, err);
    if (rc == 0) {
        cleanup_json json_t *volumes = json_array();
        rc = make_files(instance, instance->host_config, volumes, err);
        if (rc < 0)
            undo(instance, volumes);
    }
    pthread_mutex_unlock(&instance->op);
    if (rc < 0) {
        instance_unref(instance);
        return rc;
    }
    event_container(instance, "create", NULL);
    instance_changed(instance);
    *out = instance;
    return 0;
}
