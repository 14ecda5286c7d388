/* /images: what the store has, import, tags, removal. */
#include "api/images.h"
#include "api/fetch.h"
#include "api/registry.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/events.h"
#include "daemon/instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum MHD_Result show(struct request *request, json_t *(*get)(struct image_store *store, const char *name, struct error *err))
{
    struct error err = ERROR_INIT;
    json_t *doc = get(request->engine->images, request->captured[0], &err);
    if (!doc && err.code == ENOENT && !atomic_load(&request->engine->images_ready)) {
        engine_wait_images(request->engine);
        err = ERROR_INIT;
        doc = get(request->engine->images, request->captured[0], &err);
    }
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

static enum MHD_Result inspect(struct request *request) { return show(request, image_inspect); }
static enum MHD_Result history(struct request *request) { return show(request, image_history); }

static enum MHD_Result tag(struct request *request)
{
    struct error err = ERROR_INIT;
    const char *repository = str_or(query(request, "repo"), ""), *name = query(request, "tag");
    cleanup_free char *target = str_empty(name) ? xstrdup(repository) : str_format("%s:%s", repository, name);
    engine_wait_images(request->engine);
    if (image_tag(request->engine->images, request->captured[0], target, &err) < 0)
        return reply_error(request, &err);
    event_emit(request->engine, "image", "tag", request->captured[0], json_pack("{s:s}", "name", target));
    return reply_empty(request, 201);
}

bool image_in_use(const char *id, struct image_user *user, void *data)
{
    struct engine *engine = data;
    size_t count;
    bool found = false;
    struct instance **all = table_all(engine, &count);
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(all[i]->image_id, id))
            continue;
        struct state state = instance_state(all[i]);
        if (!found || state.running) {
            memcpy(user->container, all[i]->id, ID_TEXT);
            user->running = state.running;
        }
        found = true;
        state_clear(&state);
    }
    table_all_free(all, count);
    return found;
}

void image_tell_removed(struct engine *engine, const json_t *records)
{
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)records, i, entry)
    {
        const char *untagged = json_str(entry, "Untagged", NULL), *deleted = json_str(entry, "Deleted", NULL);
        event_emit(engine, "image", untagged ? "untag" : "delete", untagged ? untagged : deleted ? deleted : "", NULL);
    }
}

static enum MHD_Result remove_image(struct request *request)
{
    struct error err = ERROR_INIT;
    struct engine *engine = request->engine;
    unsigned how =
        (query_flag(request, "force", false) ? IMAGE_FORCE : 0) | (query_flag(request, "noprune", false) ? IMAGE_KEEP_PARENTS : 0);
    engine_wait_images(engine);
    json_t *done = image_remove(engine->images, request->captured[0], how, image_in_use, engine, &err);
    if (!done)
        return reply_error(request, &err);
    image_tell_removed(engine, done);
    return reply_json(request, 200, done);
}

static enum MHD_Result add_change(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (str_equal(key, "changes") && !str_empty(value))
        strv_add(data, value);
    return MHD_YES;
}

/* POST /images/create?fromSrc=-: runs beside the upload. */
static json_t *import(struct request *request, int fd, struct error *err)
{
    const char *source = query(request, "fromSrc"), *repository = query(request, "repo"), *name = query(request, "tag");
    if (!str_empty(query(request, "fromImage"))) /* a pull, which has no body */
        return json_null();
    cleanup_close int fetched = str_equal(source, "-") ? -EBADF : fetch_open(request->engine->data_root, str_or(source, ""), err);
    if (!str_equal(source, "-") && fetched < 0)
        return NULL;
    cleanup_free char *reference = NULL;
    if (!str_empty(repository))
        reference = str_empty(name) ? xstrdup(repository) : str_format("%s:%s", repository, name);
    cleanup_strv char **changes = NULL;
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_change, &changes);
    char id[DIGEST_TEXT];
    if (image_import_for(request->engine->images, fetched >= 0 ? fetched : fd, query(request, "platform"), reference, changes,
                         str_or(query(request, "message"), ""), source, id, err) < 0)
        return NULL;
    event_emit(request->engine, "image", "import", id, reference ? json_pack("{s:s}", "name", reference) : NULL);
    return json_string(id);
}

static enum MHD_Result imported(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *id = upload_result(request, &err);
    if (!id)
        return reply_error(request, &err);
    if (json_is_null(id))
        return images_pull(request);
    return reply_json(request, 200, json_pack("{s:O}", "status", id));
}

const struct route image_routes[] = {
    {"GET", "/images/json", images_list, BODY_NONE, NULL},     {"POST", "/images/prune", images_prune, BODY_NONE, NULL},
    {"POST", "/images/create", imported, BODY_STREAM, import}, {"GET", "/images/**/json", inspect, BODY_NONE, NULL},
    {"GET", "/images/**/history", history, BODY_NONE, NULL},   {"POST", "/images/**/tag", tag, BODY_NONE, NULL},
    {"DELETE", "/images/**", remove_image, BODY_NONE, NULL},   {0},
};
