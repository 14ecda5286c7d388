/* GET /images/json and POST /images/prune: which images, by filters. */
#include "api/images.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/when.h"
#include "daemon/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Without a tag; it may have a name by digest. */
static bool is_dangling(const json_t *image)
{
    const json_t *tags = json_object_get(image, "RepoTags");
    return json_array_size(tags) == 0 || str_equal(json_string_value(json_array_get(tags, 0)), "<none>:<none>");
}

static bool is_nameless(const json_t *image)
{
    const json_t *digests = json_object_get(image, "RepoDigests");
    return is_dangling(image) &&
           (json_array_size(digests) == 0 || str_equal(json_string_value(json_array_get(digests, 0)), "<none>@<none>"));
}

/* The filter "dangling": 1, 0, or -1 when it is not given; EINVAL. */
static int read_dangling(const json_t *filters, int *dangling, struct error *err)
{
    static const char *const words[] = {"false", "0", "true", "1"};
    const char *text = json_string_value(json_array_get(json_object_get(filters, "dangling"), 0));
    *dangling = -1;
    for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
        if (str_equal(text, words[i]))
            *dangling = i >= 2;
    return text && *dangling < 0 ? error_set(err, EINVAL, "Invalid filter 'dangling=[%s]'", text) : 0;
}

/* Every "key" or "key=value" is among the labels. */
static bool has_labels(const json_t *image, const json_t *wanted)
{
    const json_t *labels = json_object_get(image, "Labels");
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)wanted, i, entry)
    {
        const char *text = str_or(json_string_value(entry), ""), *equals = strchr(text, '=');
        cleanup_free char *key = xstrndup(text, strcspn(text, "="));
        const char *value = json_string_value(json_object_get(labels, key));
        if (!value || (equals && !str_equal(value, equals + 1)))
            return false;
    }
    return true;
}

struct bounds {
    int64_t after_ns, before_ns;
};

/* "before" and "since" name images; the last of several counts. */
static int read_bounds(struct request *request, const json_t *filters, struct bounds *bounds, struct error *err)
{
    const struct {
        const char *key;
        int64_t *bound;
    } rows[] = {{"before", &bounds->before_ns}, {"since", &bounds->after_ns}};
    *bounds = (struct bounds){INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t k;
        json_t *name;
        json_array_foreach(json_object_get(filters, rows[i].key), k, name)
        {
            cleanup_json json_t *config = NULL;
            if (image_find(request->engine->images, str_or(json_string_value(name), ""), NULL, &config, err) < 0)
                return -err->code;
            clock_parse(json_str(config, "created", CLOCK_ZERO), rows[i].bound);
        }
    }
    return 0;
}

static bool created_between(struct engine *engine, const json_t *image, const struct bounds *bounds)
{
    int64_t created = 0;
    cleanup_json json_t *config = NULL;
    if (bounds->after_ns == INT64_MIN && bounds->before_ns == INT64_MAX)
        return true;
    if (image_find(engine->images, json_str(image, "Id", ""), NULL, &config, NULL) == 0)
        clock_parse(json_str(config, "created", CLOCK_ZERO), &created);
    return created > bounds->after_ns && created < bounds->before_ns;
}

enum MHD_Result images_list(struct request *request)
{
    static const char *const known[] = {"before", "dangling", "label", "reference", "since", NULL};
    struct error err = ERROR_INIT;
    struct bounds bounds;
    int wanted;
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err) || read_dangling(filters, &wanted, &err) < 0)
        return reply_error(request, &err);
    engine_wait_images(request->engine);
    if (read_bounds(request, filters, &bounds, &err) < 0)
        return reply_error(request, &err);
    struct engine *engine = request->engine;
    cleanup_json json_t *all = image_list(engine->images);
    cleanup_strv char **patterns = json_to_strv(json_object_get(filters, "reference"));
    if (patterns && image_list_narrow(all, patterns, &err) < 0)
        return reply_error(request, &err);
    json_t *out = json_array(), *image;
    size_t i;
    bool every = query_flag(request, "all", false);
    json_array_foreach(all, i, image)
    {
        bool step = is_nameless(image) && image_is_intermediate(engine->images, json_str(image, "Id", ""));
        if ((step && !every) || (wanted == 1 && (step || !is_dangling(image))) || (wanted == 0 && is_nameless(image)) ||
            !has_labels(image, json_object_get(filters, "label")) || !created_between(engine, image, &bounds))
            continue;
        json_array_append(out, image);
    }
    if (query_flag(request, "shared-size", false))
        image_list_add_shared(engine->images, out);
    return reply_json(request, 200, out);
}

struct pruning {
    bool dangling_only;
    int64_t until_s; /* INT64_MAX: none */
    const json_t *filters;
};

static int read_pruning(const json_t *filters, struct pruning *pruning, struct error *err)
{
    const json_t *until = json_object_get(filters, "until");
    const char *moment = json_string_value(json_array_get(until, 0));
    int64_t until_ns;
    int dangling;
    *pruning = (struct pruning){.dangling_only = true, .until_s = INT64_MAX, .filters = filters};
    int r = read_dangling(filters, &dangling, err);
    if (r < 0)
        return r;
    pruning->dangling_only = dangling != 0;
    if (json_array_size(until) > 1)
        return error_set(err, EINVAL, "more than one until filter specified");
    if (moment && !when_moment(moment, &until_ns))
        return error_set(err, EINVAL, "failed to parse value as time or duration: \"%s\"", moment);
    if (moment)
        pruning->until_s = until_ns / 1000000000;
    return 0;
}

static void prune_image(struct engine *engine, const json_t *image, const struct pruning *pruning, json_t *records)
{
    struct image_user user;
    const char *id = json_str(image, "Id", "");
    const json_t *without = json_object_get(pruning->filters, "label!");
    bool dangling = is_dangling(image);
    if (is_nameless(image) && image_is_intermediate(engine->images, id)) /* others were made from it */
        return;
    if ((pruning->dangling_only && !dangling) || json_num(image, "Created", 0) > pruning->until_s ||
        !has_labels(image, json_object_get(pruning->filters, "label")) ||
        (json_array_size(without) && has_labels(image, without)) || image_in_use(id, &user, engine))
        return;
    cleanup_strv char **names =
        is_nameless(image) ? NULL : json_to_strv(json_object_get(image, dangling ? "RepoDigests" : "RepoTags"));
    const char *by_id[] = {id, NULL}, *const *name = names ? (const char *const *)names : by_id;
    for (; *name; name++) {
        cleanup_json json_t *done = image_remove(engine->images, *name, false, image_in_use, engine, NULL);
        image_tell_removed(engine, done);
        json_array_extend(records, done);
    }
}

enum MHD_Result images_prune(struct request *request)
{
    static const char *const known[] = {"dangling", "label", "label!", "until", NULL};
    struct error err = ERROR_INIT;
    struct pruning pruning;
    struct engine *engine = request->engine;
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err) || read_pruning(filters, &pruning, &err) < 0)
        return reply_error(request, &err);
    engine_wait_images(engine);
    cleanup_json json_t *all = image_list(engine->images), *records = json_array();
    json_t *image;
    size_t i;
    int64_t before = image_layers_size(engine->images);
    json_array_foreach(all, i, image) { prune_image(engine, image, &pruning, records); }
    int64_t freed = before - image_layers_size(engine->images);
    event_emit(engine, "image", "prune", "", json_pack("{s:o}", "reclaimed", json_sprintf("%lld", (long long)freed)));
    json_t *deleted = json_array_size(records) ? json_incref(records) : json_null();
    return reply_json(request, 200, json_pack("{s:o,s:I}", "ImagesDeleted", deleted, "SpaceReclaimed", (json_int_t)freed));
}
