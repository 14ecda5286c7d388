/* From a container to the view of its files: the namespaces of one that runs, the layers and mounts of one that does not. */
#include "daemon/archive.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sight {
    struct view view;
    struct rootfs rootfs;
    json_t *mounts;
};

static void sight_close(struct sight *sight)
{
    fd_close(sight->view.mount_namespace);
    fd_close(sight->view.user_namespace);
    rootfs_clear(&sight->rootfs);
    json_decref(sight->mounts);
}
#define cleanup_sight __attribute__((cleanup(sight_close)))

static bool same_file(int a, int b)
{
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* A descriptor of /proc/PID stays with that process, so what it says of its cgroup tells whether it is still the container's: a pid
 * may have been given to another one meanwhile. */
static int open_namespaces(struct instance *instance, pid_t pid, struct view *view)
{
    cleanup_free char *path = str_format("/proc/%d", (int)pid);
    cleanup_close int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_free char *cgroup = process < 0 ? NULL : file_read_at(process, "cgroup", NULL, NULL);
    if (!cgroup || !strstr(cgroup, instance->id))
        return -ESRCH;
    view->mount_namespace = openat(process, "ns/mnt", O_RDONLY | O_CLOEXEC);
    view->user_namespace = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
    cleanup_close int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    cleanup_close int own_mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (view->user_namespace >= 0 && same_file(view->user_namespace, own))
        view->user_namespace = fd_close(view->user_namespace);
    /* A process that is ending has none, and must not be taken for one that shares ours. */
    if (view->mount_namespace >= 0 && !same_file(view->mount_namespace, own_mounts))
        return 0;
    view->mount_namespace = fd_close(view->mount_namespace);
    return -ESRCH;
}

static int by_destination(const void *a, const void *b)
{
    return strcmp(json_str(*(json_t *const *)a, "destination", ""), json_str(*(json_t *const *)b, "destination", ""));
}

/* What the container would find mounted; outer mount points sort before those in them. */
static json_t *mounts_of(struct instance *instance)
{
    static const char *const etc[] = {"resolv.conf", "hostname", "hosts"};
    size_t count = 0;
    json_t **list = xcalloc(json_object_size(instance->mounts) + ARRAY_LEN(etc), sizeof *list), *out = json_array(), *mount;
    const char *destination;
    for (size_t i = 0; i < ARRAY_LEN(etc); i++) {
        cleanup_free char *source = path_join(instance->directory, etc[i]), *place = path_join("/etc", etc[i]);
        if (!json_object_get(instance->mounts, place))
            list[count++] = json_pack("{s:s,s:s,s:b}", "source", source, "destination", place, "read_only", 0);
    }
    json_object_foreach(instance->mounts, destination, mount)
    {
        const char *source = json_str(mount, "Source", "");
        if (*source == '/')
            list[count++] = json_pack("{s:s,s:s,s:s,s:b}", "source", source, "subpath", json_str(mount, "Subpath", ""),
                                      "destination", destination, "read_only", !json_flag(mount, "RW", true));
    }
    qsort(list, count, sizeof *list, by_destination);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, list[i]);
    free(list);
    return out;
}

static int open_layers(struct instance *instance, struct sight *sight, struct error *err)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    sight->mounts = mounts_of(instance);
    sight->view.rootfs = &sight->rootfs;
    sight->view.mounts = sight->mounts;
    sight->view.read_only = json_flag(host_config, "ReadonlyRootfs", false);
    return rootfs_open(instance->engine->images, instance->id, &sight->rootfs, err);
}

static int sight_open(struct instance *instance, struct sight *sight, struct error *err)
{
    *sight = (struct sight){.view = {.mount_namespace = -EBADF, .user_namespace = -EBADF}};
    pid_t pid = instance_running_pid(instance);
    if (pid > 0 && open_namespaces(instance, pid, &sight->view) == 0)
        return 0;
    if (instance->sandbox)
        return error_set(err, EBUSY, "sandbox %s is not running", instance->id);
    return open_layers(instance, sight, err);
}

static int missing(struct error *err, const char *name, const char *path)
{
    return err->code == ENOENT ? error_set(err, ENOENT, "Could not find the file %s in container %s", path, name) : -err->code;
}

json_t *container_path_stat(struct instance *instance, const char *name, const char *path, struct error *err)
{
    cleanup_sight struct sight sight;
    json_t *doc = sight_open(instance, &sight, err) < 0 ? NULL : view_stat(&sight.view, path, err);
    if (!doc)
        missing(err, name, path);
    return doc;
}

int container_archive(struct instance *instance, const char *name, const char *path, struct view_tar *out, json_t **stat_doc,
                      struct error *err)
{
    cleanup_sight struct sight sight;
    int r = sight_open(instance, &sight, err);
    if (r == 0)
        r = view_get(&sight.view, path, out, stat_doc, err);
    if (r < 0)
        return missing(err, name, path);
    event_container(instance, "archive-path", NULL);
    return 0;
}

static int user_of(struct instance *instance, struct view_put_options *options, struct error *err)
{
    struct rootfs rootfs = {0};
    struct user user;
    int r = rootfs_open(instance->engine->images, instance->id, &rootfs, err);
    if (r == 0)
        r = spec_user(&rootfs, json_str(instance->config, "User", ""), NULL, &user, err);
    rootfs_clear(&rootfs);
    options->owner = r == 0;
    options->uid = r == 0 ? user.uid : 0;
    options->gid = r == 0 ? user.gid : 0;
    return r;
}

int container_extract(struct instance *instance, const char *name, const char *path, bool keep_kind, bool as_user, int fd,
                      struct error *err)
{
    struct view_put_options options = {.keep_kind = keep_kind};
    cleanup_sight struct sight sight;
    int r = 0;
    if (as_user && *json_str(instance->config, "User", ""))
        r = user_of(instance, &options, err);
    /* Its layers must not be mounted twice for writing: one that does not run is kept from starting. */
    pthread_mutex_lock(&instance->op);
    int opened = sight_open(instance, &sight, err);
    r = r < 0 ? r : opened;
    bool running = sight.view.mount_namespace >= 0;
    if (running)
        pthread_mutex_unlock(&instance->op);
    if (r == 0)
        r = view_put(&sight.view, path, &options, fd, err);
    if (!running)
        pthread_mutex_unlock(&instance->op);
    if (r < 0)
        return missing(err, name, path);
    event_container(instance, "extract-to-dir", NULL);
    return 0;
}

int container_export(struct instance *instance, struct view_tar *out, struct error *err)
{
    cleanup_sight struct sight sight;
    int r = sight_open(instance, &sight, err);
    if (r == 0)
        r = view_export(&sight.view, out, err);
    if (r == 0)
        event_container(instance, "export", NULL);
    return r;
}

json_t *container_changes(struct instance *instance, struct error *err)
{
    struct rootfs rootfs = {0};
    json_t *changes = NULL;
    if (rootfs_open(instance->engine->images, instance->id, &rootfs, err) == 0)
        changes = view_changes(&rootfs, err);
    rootfs_clear(&rootfs);
    if (changes && json_array_size(changes) == 0) {
        json_decref(changes);
        return json_null();
    }
    return changes;
}
