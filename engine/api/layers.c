/* The picture of layers: GET /slipway/images/{id}/layers and /slipway/containers/{id}/layers; shapes in layers.h. The store knows
 * where layers come from, observe/ what lies in them. */
#include "api/layers.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "observe/live.h"
#include "observe/observe.h"
#include "observe/stack.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, PAGE_MOST = 1000 };

static json_t *by_directory(const json_t *layers, const char *directory)
{
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer)
    {
        if (str_equal(json_str(layer, "directory", ""), directory))
            return layer;
    }
    return NULL;
}

/* What the store tells of each layer is added to what was found in it. Sizes are the store's, so that they are those of `history`:
 * it counts the links, too. */
static void add_story(json_t *doc, const json_t *story)
{
    static const char *const of_layer[] = {"created_by", "created", "comment", "diff_id", "chain_id", "shared_with", "size"};
    size_t i;
    json_t *layer;
    json_int_t size = 0;
    json_array_foreach(json_object_get(doc, "layers"), i, layer)
    {
        const json_t *told = by_directory(json_object_get(story, "layers"), json_str(layer, "directory", ""));
        for (size_t k = 0; told && k < ARRAY_LEN(of_layer); k++)
            if (json_object_get(told, of_layer[k]))
                json_object_set(layer, of_layer[k], json_object_get(told, of_layer[k]));
        size += json_num(layer, "size", 0);
    }
    if (json_object_get(doc, "size"))
        json_object_set_new(doc, "size", json_integer(size));
    json_object_set_new(doc, "image",
                        json_pack("{s:O,s:O}", "id", json_object_get(story, "id"), "names", json_object_get(story, "names")));
    json_object_set(doc, "history", json_object_get(story, "history"));
}

static char **directories_of(const json_t *story)
{
    char **out = NULL;
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(story, "layers"), i, layer) { strv_add(&out, json_str(layer, "directory", "")); }
    return out;
}

static bool page_wanted(struct request *request, long long *number, long long *offset, long long *limit, struct error *err)
{
    if (!query_number(request, "layer", 0, number, err) || !query_number(request, "offset", 0, offset, err) ||
        !query_number(request, "limit", PAGE, limit, err))
        return false;
    if (*number >= 0 && *offset >= 0 && *limit >= 1 && *limit <= PAGE_MOST)
        return true;
    error_set(err, EINVAL, "layer and offset must not be negative, limit is 1 to %d", PAGE_MOST);
    return false;
}

/* One layer's changes; `image` as image_story takes it. */
static enum MHD_Result show_page(struct request *request, const char *image)
{
    struct error err = ERROR_INIT;
    long long number, offset, limit;
    if (!page_wanted(request, &number, &offset, &limit, &err))
        return reply_error(request, &err);
    cleanup_json json_t *story = image_story(request->engine->images, image, &err);
    cleanup_strv char **directories = story ? directories_of(story) : NULL;
    json_t *doc = story ? stack_changes(directories, (size_t)number, (size_t)offset, (size_t)limit, &err) : NULL;
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

enum MHD_Result image_layers_show(struct request *request)
{
    struct error err = ERROR_INIT;
    engine_wait_images(request->engine);
    if (query(request, "layer"))
        return show_page(request, request->captured[0]);
    cleanup_json json_t *story = image_story(request->engine->images, request->captured[0], &err);
    cleanup_strv char **directories = story ? directories_of(story) : NULL;
    json_t *doc = story ? stack_figures(directories, &err) : NULL;
    if (!doc)
        return reply_error(request, &err);
    json_t *layers = json_object_get(doc, "layers"), *top_first = json_array();
    for (size_t i = json_array_size(layers); i-- > 0;)
        json_array_append(top_first, json_array_get(layers, i));
    json_object_set_new(doc, "layers", top_first);
    add_story(doc, story);
    return reply_json(request, 200, doc);
}

/* The document of one container, with `rootfs` open. */
static json_t *picture(struct instance *instance, const struct rootfs *rootfs, struct error *err)
{
    struct error own = ERROR_INIT;
    json_t *doc = observe_layers(instance_running_pid(instance), (const char *const *)rootfs->lower, rootfs->upper, rootfs->work,
                                 rootfs->merged, err);
    cleanup_json json_t *story = doc ? image_story(instance->engine->images, instance->image_id, &own) : NULL;
    if (story) /* an image that was removed by force has left its layers, and nothing to tell of them */
        add_story(doc, story);
    return doc;
}

struct session {
    struct instance *instance;
    struct rootfs rootfs;
    struct live *live;
    json_t *layers; /* as last told: to say what a number stands for */
    int client, bell;
    bool whole;      /* the whole document comes next, */
    int64_t next_ns; /* but not before this: it may cost much */
};

enum { SHARE = 20 }; /* of a processor's time, one in so many at most goes into whole documents */

static void session_free(void *data)
{
    struct session *session = data;
    live_free(session->live);
    json_decref(session->layers);
    rootfs_clear(&session->rootfs);
    if (session->bell >= 0)
        bell_leave(&session->instance->bell, &session->bell);
    instance_unref(session->instance);
    free(session);
}

static void put_line(struct buf *out, const json_t *doc)
{
    cleanup_free char *text = json_text(doc);
    buf_printf(out, "%s\n", text);
}

static bool put_whole(struct session *session, struct buf *out)
{
    struct error err = ERROR_INIT;
    int64_t start = clock_mono_ns();
    cleanup_json json_t *doc = picture(session->instance, &session->rootfs, &err);
    if (!doc)
        return false;
    session->whole = false;
    session->next_ns = start + (clock_mono_ns() - start) * SHARE;
    json_object_set_new(doc, "type", json_string("layers"));
    json_object_set_new(doc, "watched", json_boolean(live_watched(session->live)));
    json_decref(session->layers);
    session->layers = json_incref(json_object_get(doc, "layers"));
    put_line(out, doc);
    return true;
}

static void put_change(const struct session *session, struct buf *out, json_t *change)
{
    char at[CLOCK_TEXT];
    long long from = json_num(change, "from", 0);
    size_t i;
    json_t *layer;
    clock_rfc3339(clock_wall_ns(), at);
    json_object_set_new(change, "type", json_string("change"));
    json_object_set_new(change, "at", json_string(at));
    json_array_foreach(session->layers, i, layer)
    {
        if (from && json_num(layer, "number", 0) == from)
            json_object_set(change, "from_created_by", json_object_get(layer, "created_by"));
    }
    put_line(out, change);
}

/* A layer that is being cleared away has lost its name first. */
static bool is_over(const struct session *session) { return live_gone(session->live) || !path_exists(session->rootfs.upper); }

/* False when the client is gone. */
static bool wait_for_news(struct session *session)
{
    struct pollfd fds[] = {{.fd = live_fd(session->live), .events = POLLIN},
                           {.fd = session->client, .events = POLLRDHUP},
                           {.fd = session->bell, .events = POLLIN}};
    uint64_t rung;
    int64_t left = session->next_ns - clock_mono_ns();
    fds[0].events = session->whole ? 0 : POLLIN;
    int ready = poll(fds, ARRAY_LEN(fds), session->whole ? (int)(left / 1000000) + 1 : live_timeout_ms(session->live));
    if (ready < 0)
        return errno == EINTR;
    if (fds[2].revents & POLLIN)
        (void)!read(session->bell, &rung, sizeof rung);
    return !fds[1].revents;
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    for (; !out->len;) {
        if (session->whole && clock_mono_ns() >= session->next_ns)
            return put_whole(session, out);
        if (is_over(session) || !wait_for_news(session))
            return false;
        if (session->whole)
            continue;
        cleanup_json json_t *changes = live_read(session->live);
        if (is_over(session))
            return false;
        session->whole = !changes;
        size_t i;
        json_t *change;
        json_array_foreach(changes, i, change) put_change(session, out, change);
    }
    return true;
}

static enum MHD_Result follow(struct request *request, struct instance *instance, struct rootfs *rootfs)
{
    struct error err = ERROR_INIT;
    struct live *live = live_open((const char *const *)rootfs->lower, rootfs->upper, &err);
    if (!live) {
        rootfs_clear(rootfs);
        return reply_error(request, &err);
    }
    struct session *session = xcalloc(1, sizeof *session);
    *session = (struct session){.instance = instance_ref(instance),
                                .rootfs = *rootfs,
                                .live = live,
                                .client = request->client,
                                .bell = bell_join(&instance->bell),
                                .whole = true};
    return reply_stream(request, 200, "application/x-ndjson", produce, session_free, session);
}

enum MHD_Result container_layers_show(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    struct rootfs rootfs = {0};
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    if (query(request, "layer"))
        return show_page(request, instance->image_id);
    if (rootfs_open(request->engine->images, instance->id, &rootfs, &err) < 0)
        return reply_error(request, &err);
    if (query_flag(request, "follow", false))
        return follow(request, instance, &rootfs);
    json_t *doc = picture(instance, &rootfs, &err);
    rootfs_clear(&rootfs);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}
