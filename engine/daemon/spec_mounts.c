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

static size_t depth(const char *path)
{
    size_t count = 0;
    for (; *path; path++)
        count += *path == '/' && path[1];
    return count;
}

static int by_depth(const void *a, const void *b)
{
    size_t x = depth(*(const char *const *)a), y = depth(*(const char *const *)b);
    return x < y ? -1 : x > y ? 1 : strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_user_mounts(json_t *list, const struct instance *instance)
{
    size_t count = json_object_size(instance->mounts), i = 0;
    const char **order = xcalloc(count + 1, sizeof *order), *destination;
    json_t *mount;
    json_object_foreach(instance->mounts, destination, mount) order[i++] = destination;
    qsort(order, count, sizeof *order, by_depth);
    for (i = 0; i < count; i++) {
        mount = json_object_get(instance->mounts, order[i]);
        drop(list, order[i]); /* -v over /dev/shm or /etc/hosts takes its place */
        bool tmpfs = str_equal(json_str(mount, "Type", ""), "tmpfs");
        json_array_append_new(list, tmpfs ? tmpfs_mount(order[i], json_str(mount, "Options", ""))
                                          : bind_options(order[i], json_str(mount, "Source", ""),
                                                         !json_flag(mount, "NonRecursive", false), !json_flag(mount, "RW", true),
                                                         str_or(json_str(mount, "Propagation", ""), "rprivate")));
    }
    free(order);
}

static void add_etc(json_t *list, const struct instance *instance, const char *directory, bool read_only)
{
    static const char *const names[] = {"resolv.conf", "hostname", "hosts"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *source = path_join(directory, names[i]), *destination = path_join("/etc", names[i]);
        if (!json_object_get(instance->mounts, destination))
            json_array_append_new(list, bind_mount(destination, source, read_only, "rprivate"));
    }
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
    add_etc(list, input->instance, input->etc, json_flag(host, "ReadonlyRootfs", false));
    add_user_mounts(list, input->instance);
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
