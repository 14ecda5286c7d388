/* /volumes: named directories that outlive containers. */
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/volumes.h"
#include "volume/volume.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* Before 1.42 a prune took named volumes too. */
enum { PRUNES_ANONYMOUS = 42 };

/* "key" or "key=value", as a filter's values are. */
static bool has_label(const json_t *volume, const char *wanted)
{
    const char *equals = strchr(wanted, '=');
    cleanup_free char *key = equals ? xstrndup(wanted, (size_t)(equals - wanted)) : xstrdup(wanted);
    const char *value = json_string_value(json_object_get(json_object_get(volume, "Labels"), key));
    return value && (!equals || str_equal(value, equals + 1));
}

/* Every wanted label is there, and none of the unwanted. */
static bool labels_pass(const json_t *volume, const void *data)
{
    const json_t *filters = data;
    cleanup_strv char **wanted = json_to_strv(json_object_get(filters, "label")),
                      **unwanted = json_to_strv(json_object_get(filters, "label!"));
    for (size_t i = 0; wanted && wanted[i]; i++)
        if (!has_label(volume, wanted[i]))
            return false;
    for (size_t i = 0; unwanted && unwanted[i]; i++)
        if (has_label(volume, unwanted[i]))
            return false;
    return true;
}

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(text, *words) == 0)
            return true;
    return false;
}

/* A filter that is a yes or a no; EINVAL as dockerd has it. */
static int truth(const json_t *filters, const char *key, bool otherwise, bool *value, struct error *err)
{
    static const char *const yes[] = {"1", "true", "t", NULL}, *const no[] = {"0", "false", "f", NULL};
    cleanup_strv char **given = json_to_strv(json_object_get(filters, key));
    *value = otherwise;
    if (!strv_len(given))
        return 0;
    if (strv_len(given) == 1 && (one_of(given[0], yes) || one_of(given[0], no))) {
        *value = one_of(given[0], yes);
        return 0;
    }
    cleanup_free char *all = strv_join(given, " ");
    return error_set(err, EINVAL, "invalid filter '%s=[%s]'", key, all);
}

static bool passes(struct engine *engine, const json_t *volume, const json_t *filters, bool dangling)
{
    const char *name = json_str(volume, "Name", "");
    bool keep = filter_part_of(filters, "name", name) && labels_pass(volume, filters);
    if (filter_given(filters, "driver"))
        keep &= filter_has(filters, "driver", "local");
    if (keep && filter_given(filters, "dangling")) {
        cleanup_json json_t *users = volumes_users(engine, name);
        keep = (json_array_size(users) == 0) == dangling;
    }
    return keep;
}

static enum MHD_Result list(struct request *request)
{
    struct error err = ERROR_INIT;
    bool dangling;
    static const char *const known[] = {"name", "driver", "dangling", "label", NULL};
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err) || truth(filters, "dangling", false, &dangling, &err) < 0)
        return reply_error(request, &err);
    cleanup_json json_t *all = volume_list(request->engine->data_root);
    json_t *out = json_array(), *volume;
    size_t i;
    json_array_foreach(all, i, volume)
    {
        if (passes(request->engine, volume, filters, dangling))
            json_array_append(out, volume);
    }
    return reply_json(request, 200, json_pack("{s:o, s:n}", "Volumes", out, "Warnings"));
}

static enum MHD_Result inspect(struct request *request)
{
    struct error err = ERROR_INIT;
    json_t *doc = volume_inspect(request->engine->data_root, request->captured[0], &err);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

static bool strings_only(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!json_is_string(value))
            return false;
    }
    return !object || json_is_null(object) || json_is_object(object);
}

static enum MHD_Result create(struct request *request)
{
    struct error err = ERROR_INIT;
    const json_t *body = request->json, *labels = json_object_get(body, "Labels"), *options = json_object_get(body, "DriverOpts");
    const char *name = json_str(body, "Name", ""), *driver = json_str(body, "Driver", "");
    if (json_object_get(body, "ClusterVolumeSpec")) {
        error_set(&err, EINVAL, "cluster volumes need swarm, which this engine does not have");
        return reply_error(request, &err);
    }
    if (*driver && !str_equal(driver, "local")) {
        error_set(&err, ENOENT, "create %s: error looking up volume plugin %s: plugin \"%s\" not found", name, driver, driver);
        return reply_error(request, &err);
    }
    if (!strings_only(labels) || !strings_only(options)) {
        error_set(&err, EINVAL, "json: cannot unmarshal a value of %s into Go value of type string",
                  strings_only(labels) ? "DriverOpts" : "Labels");
        return reply_error(request, &err);
    }
    json_t *doc = volumes_create(request->engine, name, labels, options, &err);
    return doc ? reply_json(request, 201, doc) : reply_error(request, &err);
}

static enum MHD_Result remove_volume(struct request *request)
{
    struct error err = ERROR_INIT;
    int rc = volumes_remove(request->engine, request->captured[0], &err);
    if (rc == -ENOENT && query_flag(request, "force", false))
        rc = 0;
    return rc < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}

static enum MHD_Result prune(struct request *request)
{
    struct error err = ERROR_INIT;
    bool all, old = request->version < PRUNES_ANONYMOUS;
    static const char *const known[] = {"label", "label!", "all", NULL}, *const known_before[] = {"label", "label!", NULL};
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, old ? known_before : known, &err) || truth(filters, "all", old, &all, &err) < 0)
        return reply_error(request, &err);
    return reply_json(request, 200, volumes_prune(request->engine, all, labels_pass, filters));
}

/* Only volumes of a cluster can be changed. */
static enum MHD_Result update(struct request *request)
{
    return reply_status(request, 503, "volume update only valid for cluster volumes, but swarm is unavailable");
}

const struct route volume_routes[] = {
    {"GET", "/volumes", list, BODY_NONE, NULL},
    {"POST", "/volumes/create", create, BODY_JSON, NULL},
    {"POST", "/volumes/prune", prune, BODY_NONE, NULL},
    {"GET", "/volumes/**", inspect, BODY_NONE, NULL},
    {"PUT", "/volumes/*", update, BODY_NONE, NULL},
    {"DELETE", "/volumes/**", remove_volume, BODY_NONE, NULL},
    {0},
};
