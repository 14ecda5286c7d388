/* /volumes: named directories that outlive containers. */
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "volume/volume.h"

#include <errno.h>

/* Ids of the containers that have the volume among their mounts. */
static json_t *users_of(struct engine *engine, const char *name)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    json_t *users = json_array(), *mount;
    for (size_t i = 0; i < count; i++) {
        const char *destination;
        json_object_foreach(all[i]->mounts, destination, mount)
        {
            if (!str_equal(json_str(mount, "Type", ""), "volume") || !str_equal(json_str(mount, "Name", ""), name))
                continue;
            json_array_append_new(users, json_string(all[i]->id));
            break;
        }
    }
    table_all_free(all, count);
    return users;
}

static bool passes(struct engine *engine, const json_t *volume, const json_t *filters)
{
    const char *name = json_str(volume, "Name", "");
    bool keep = filter_part_of(filters, "name", name);
    if (filter_given(filters, "driver"))
        keep &= filter_has(filters, "driver", "local");
    if (filter_given(filters, "dangling")) {
        cleanup_json json_t *users = users_of(engine, name);
        bool wanted = filter_has(filters, "dangling", "true") || filter_has(filters, "dangling", "1");
        keep &= (json_array_size(users) == 0) == wanted;
    }
    return keep;
}

static enum MHD_Result list(struct request *request)
{
    struct error err = ERROR_INIT;
    static const char *const known[] = {"name", "driver", "dangling", NULL};
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err))
        return reply_error(request, &err);
    cleanup_json json_t *all = volume_list(request->engine->data_root);
    json_t *out = json_array(), *volume;
    size_t i;
    json_array_foreach(all, i, volume)
    {
        if (passes(request->engine, volume, filters))
            json_array_append(out, volume);
    }
    return reply_json(request, 200, json_pack("{s:o, s:n}", "Volumes", out, "Warnings"));
}

static enum MHD_Result inspect(struct request *request)
{
    struct error err = ERROR_INIT;
    json_t *doc = volume_inspect(request->engine->data_root, request->captured[0], &err);
    if (doc)
        return reply_json(request, 200, doc);
    if (err.code == ENOENT)
        error_set(&err, ENOENT, "get %s: no such volume", request->captured[0]);
    return reply_error(request, &err);
}

static enum MHD_Result create(struct request *request)
{
    struct error err = ERROR_INIT;
    const char *name = json_str(request->json, "Name", ""), *driver = json_str(request->json, "Driver", "");
    cleanup_free char *named = NULL, *mountpoint = NULL;
    if (*driver && !str_equal(driver, "local")) {
        error_set(&err, ENOENT, "create %s: error looking up volume plugin %s: plugin \"%s\" not found", name, driver, driver);
        return reply_error(request, &err);
    }
    if (json_object_size(json_object_get(request->json, "Labels")) ||
        json_object_size(json_object_get(request->json, "DriverOpts"))) {
        error_set(&err, EINVAL, "labels and options of volumes are not available in this version of slipway");
        return reply_error(request, &err);
    }
    if (volume_ensure(request->engine->data_root, name, &named, &mountpoint, &err) < 0)
        return reply_error(request, &err);
    const char *final = named ? named : name;
    event_emit(request->engine, "volume", "create", final, json_pack("{s:s}", "driver", "local"));
    json_t *doc = volume_inspect(request->engine->data_root, final, &err);
    return doc ? reply_json(request, 201, doc) : reply_error(request, &err);
}

static enum MHD_Result remove_volume(struct request *request)
{
    struct error err = ERROR_INIT;
    const char *name = request->captured[0];
    cleanup_json json_t *users = users_of(request->engine, name);
    if (json_array_size(users)) {
        cleanup_strv char **ids = json_to_strv(users);
        cleanup_free char *joined = strv_join(ids, " ");
        error_set(&err, EBUSY, "remove %s: volume is in use - [%s]", name, joined);
        return reply_error(request, &err);
    }
    if (volume_remove(request->engine->data_root, name, &err) < 0) {
        if (err.code == ENOENT)
            error_set(&err, ENOENT, "get %s: no such volume", name);
        return reply_error(request, &err);
    }
    event_emit(request->engine, "volume", "destroy", name, json_pack("{s:s}", "driver", "local"));
    return reply_empty(request, 204);
}

const struct route volume_routes[] = {
    {"GET", "/volumes", list, BODY_NONE, NULL},
    {"POST", "/volumes/create", create, BODY_JSON, NULL},
    {"GET", "/volumes/*", inspect, BODY_NONE, NULL},
    {"DELETE", "/volumes/*", remove_volume, BODY_NONE, NULL},
    {0},
};
