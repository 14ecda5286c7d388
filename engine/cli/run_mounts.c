/* -v, --tmpfs and --mount of run and create, into the request. */
#include "cli/mount_spec.h"
#include "cli/run_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

static json_t *list_of(json_t *object, const char *key)
{
    json_t *list = json_object_get(object, key);
    if (!list)
        json_object_set_new(object, key, list = json_array());
    return list;
}

static json_t *object_of(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (!inner)
        json_object_set_new(object, key, inner = json_object());
    return inner;
}

static bool add_volume(struct run_request *request, const char *spec)
{
    struct error err = ERROR_INIT;
    cleanup_free char *bind = NULL;
    if (volume_spec_parse(spec, &bind, &err) < 0)
        return run_refuse(request, "%s", err.message);
    if (bind)
        json_array_append_new(list_of(request->host, "Binds"), json_text_value(bind, strlen(bind)));
    else
        json_object_set_new(object_of(request->config, "Volumes"), spec, json_object());
    return true;
}

static void add_tmpfs(struct run_request *request, const char *spec)
{
    const char *colon = strchr(spec, ':');
    cleanup_free char *path = colon ? xstrndup(spec, (size_t)(colon - spec)) : xstrdup(spec);
    json_object_set_new(object_of(request->host, "Tmpfs"), path, json_string(colon ? colon + 1 : ""));
}

static bool add_mount(struct run_request *request, const char *spec)
{
    struct error err = ERROR_INIT;
    json_t *mount = mount_spec_parse(spec, &err);
    if (!mount)
        return run_bad(request, "mount", spec, "%s", err.message);
    json_array_append_new(list_of(request->host, "Mounts"), mount);
    return true;
}

bool run_mounts(struct run_request *request)
{
    const struct run_options *options = request->options;
    for (char **spec = options->mount; spec && *spec; spec++)
        if (!add_mount(request, *spec))
            return false;
    for (char **spec = options->volume; spec && *spec; spec++)
        if (!add_volume(request, *spec))
            return false;
    for (char **spec = options->tmpfs; spec && *spec; spec++)
        add_tmpfs(request, *spec);
    if (options->volume_driver)
        json_object_set_new(request->host, "VolumeDriver", json_string(options->volume_driver));
    return true;
}
