/* The mounts of an OCI config: Docker's own, the files of /etc, what -v, --mount and --tmpfs ask for. Outer mount points come
 * first. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/spec.h"
#include "runtime/defaults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static json_t *bind_options(const char *destination, const char *source, bool recursive, bool read_only, const char *propagation)
{
    json_t *options = json_array();
    json_array_append_new(options, json_string(recursive ? "rbind" : "bind"));
    if (read_only)
        json_array_append_new(options, json_string("ro"));
    if (*propagation)
        json_array_append_new(options, json_string(propagation));
    return json_pack("{s:s, s:s, s:s, s:o}", "destination", destination, "type", "bind", "source", source, "options", options);
}

static json_t *bind_mount(const char *destination, const char *source, bool read_only, const char *propagation)
{
    return bind_options(destination, source, true, read_only, propagation);
}

static json_t *tmpfs_mount(const char *destination, const char *text)
{
    json_t *options = json_array();
    static const char *const first[] = {"noexec", "nosuid", "nodev", "rprivate"};
    for (size_t i = 0; i < ARRAY_LEN(first); i++)
        json_array_append_new(options, json_string(first[i]));
    cleanup_strv char **words = str_split(text, ',');
    for (size_t i = 0; words[i]; i++)
        if (*words[i])
            json_array_append_new(options, json_string(words[i]));
    return json_pack("{s:s, s:s, s:s, s:o}", "destination", destination, "type", "tmpfs", "source", "tmpfs", "options", options);
}

static void drop(json_t *list, const char *destination)
{
    size_t i;
    json_t *mount;
    json_array_foreach(list, i, mount)
    {
        if (!str_equal(json_str(mount, "destination", ""), destination))
            continue;
        json_array_remove(list, i);
        return;
    }
}

static size_t depth(const json_t *mount)
{
    size_t count = 0;
    for (const char *path = json_str(mount, "destination", ""); *path; path++)
        count += *path == '/' && path[1];
    return count;
}

/* What lies deeper comes later, so that nothing is hidden by what it lies in. */
static int by_depth(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    size_t one = depth(x), other = depth(y);
    return one < other ? -1 : one > other ? 1 : strcmp(json_str(x, "destination", ""), json_str(y, "destination", ""));
}

static void sort_by_depth(json_t *list)
{
    size_t count = json_array_size(list), i;
    json_t *mount, **order = xcalloc(count + 1, sizeof *order);
    json_array_foreach(list, i, mount) order[i] = json_incref(mount);
    qsort(order, count, sizeof(json_t *), by_depth);
    for (i = 0; i < count; i++)
        json_array_set_new(list, i, order[i]);
    free(order);
}

static json_t *user_mount(const char *destination, const json_t *mount)
{
    if (str_equal(json_str(mount, "Type", ""), "tmpfs"))
        return tmpfs_mount(destination, json_str(mount, "Options", ""));
    json_t *bind = bind_options(destination, json_str(mount, "Source", ""), !json_flag(mount, "NonRecursive", false),
                                !json_flag(mount, "RW", true), str_or(json_str(mount, "Propagation", ""), "rprivate"));
    if (json_flag(mount, "ReadOnlyRecursive", false))
        json_array_append_new(json_object_get(bind, "options"), json_string("rro"));
    if (*json_str(mount, "Subpath", ""))
        json_object_set(bind, "org.slipway.subpath", json_object_get(mount, "Subpath"));
    return bind;
}

/* The container's own mounts and the files of /etc, in one order: a volume over /etc has the files in it. */
static void add_mounts(json_t *list, const struct instance *instance, const char *etc, bool read_only)
{
    static const char *const names[] = {"resolv.conf", "hostname", "hosts"};
    cleanup_json json_t *own = json_array();
    const char *destination;
    json_t *mount;
    json_object_foreach(instance->mounts, destination, mount)
    {
        drop(list, destination); /* -v over /dev/shm takes its place */
        json_array_append_new(own, user_mount(destination, mount));
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *source = path_join(etc, names[i]), *place = path_join("/etc", names[i]);
        if (!json_object_get(instance->mounts, place))
            json_array_append_new(own, bind_mount(place, source, read_only, "rprivate"));
    }
    sort_by_depth(own);
    json_array_extend(list, own);
}

json_t *spec_mounts(const struct spec_input *input, struct error *err)
{
    const json_t *host = input->host_config;
    const char *ipc = json_str(host, "IpcMode", "private");
    json_t *list = runtime_default_mounts(json_flag(host, "Privileged", false), json_num(host, "ShmSize", 0));
    if (str_equal(ipc, "host") || str_equal(ipc, "none") || input->ipc_path)
        drop(list, "/dev/shm");
    if (str_equal(ipc, "host"))
        json_array_append_new(list, bind_mount("/dev/shm", "/dev/shm", false, "rprivate"));
    if (input->ipc_path) {
        cleanup_free char *shm =
            str_format("%.*s/root/dev/shm", (int)(strstr(input->ipc_path, "/ns/") - input->ipc_path), input->ipc_path);
        json_array_append_new(list, bind_mount("/dev/shm", shm, false, "rprivate"));
    }
    add_mounts(list, input->instance, input->etc, json_flag(host, "ReadonlyRootfs", false));
    if (json_flag(host, "Init", false)) {
        if (!path_exists(input->instance->engine->shim_program)) {
            json_decref(list);
            error_set(err, ENOENT, "docker-init: %s does not exist", input->instance->engine->shim_program);
            return NULL;
        }
        json_array_append_new(list, bind_mount("/sbin/docker-init", input->instance->engine->shim_program, true, "rprivate"));
    }
    return list;
}
