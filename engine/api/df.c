/* GET /system/df: what images, containers and volumes take. Layers that several images share count once. */
#include "api/containers.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/volumes.h"

#include <errno.h>
#include <string.h>

static int64_t uses_of(const char *image, struct instance *const *all, size_t count)
{
    int64_t uses = 0;
    for (size_t i = 0; i < count; i++)
        uses += !all[i]->sandbox && str_equal(all[i]->image_id, image);
    return uses;
}

static void put_images(json_t *doc, struct engine *engine, struct instance *const *all, size_t count)
{
    json_t *list = image_list(engine->images), *image;
    size_t i;
    for (i = json_array_size(list); i-- > 0;)
        if (image_is_intermediate(engine->images, json_str(json_array_get(list, i), "Id", "")))
            json_array_remove(list, i);
    image_list_add_shared(engine->images, list);
    json_array_foreach(list, i, image)
    {
        json_object_set_new(image, "Containers", json_integer(uses_of(json_str(image, "Id", ""), all, count)));
    }
    json_object_set_new(doc, "LayersSize", json_integer(image_layers_size(engine->images)));
    json_object_set_new(doc, "Images", list);
}

static void put_containers(json_t *doc, struct instance *const *all, size_t count)
{
    json_t *list = json_array();
    cleanup_buf struct buf text = BUF_INIT;
    struct summary_memo memo = {0};
    for (size_t i = count; i-- > 0;) { /* newest first */
        if (all[i]->sandbox)
            continue;
        buf_clear(&text);
        container_put_summary(&text, all[i], true, &memo);
        json_array_append_new(list, json_loadb(text.data, text.len, 0, NULL));
    }
    json_object_set_new(doc, "Containers", list);
}

struct wanted {
    bool all, image, container, volume, cache;
    const char *unknown;
};

static enum MHD_Result read_type(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct wanted *wanted = data;
    const struct {
        const char *name;
        bool *flag;
    } types[] = {
        {"image", &wanted->image}, {"container", &wanted->container}, {"volume", &wanted->volume}, {"build-cache", &wanted->cache}};
    if (!str_equal(key, "type"))
        return MHD_YES;
    wanted->all = false;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (!str_equal(types[i].name, value))
            continue;
        *types[i].flag = true;
        return MHD_YES;
    }
    wanted->unknown = value ? value : "";
    return MHD_NO;
}

/* Volumes are measured beside containers: both may hold very many files. */
static void *measure_volumes(void *engine) { return volumes_usage(engine); }

static enum MHD_Result df(struct request *request)
{
    struct wanted wanted = {.all = true};
    struct engine *engine = request->engine;
    size_t count;
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, read_type, &wanted);
    if (wanted.unknown) {
        struct error err = ERROR_INIT;
        error_set(&err, EINVAL, "unknown object type: %s", wanted.unknown);
        return reply_error(request, &err);
    }
    engine_wait_images(engine);
    json_t *doc = json_object();
    struct instance **all = table_all(engine, &count);
    pthread_t measuring;
    void *volumes = NULL;
    bool beside = wanted.all && pthread_create(&measuring, NULL, measure_volumes, engine) == 0;
    if (wanted.all || wanted.image)
        put_images(doc, engine, all, count);
    if (wanted.all || wanted.container)
        put_containers(doc, all, count);
    table_all_free(all, count);
    if (beside)
        pthread_join(measuring, &volumes);
    if (wanted.all || wanted.volume)
        json_object_set_new(doc, "Volumes", beside ? volumes : volumes_usage(engine));
    if (wanted.all || wanted.cache)
        json_object_set_new(doc, "BuildCache", request->version >= 42 ? json_array() : json_null());
    if (wanted.all)
        json_object_set_new(doc, "BuilderSize", json_integer(0));
    return reply_json(request, 200, doc);
}

const struct route df_routes[] = {{"GET", "/system/df", df, BODY_NONE, NULL}, {0}};
