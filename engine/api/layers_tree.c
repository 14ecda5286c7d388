/* The merged tree of an image or a container, a directory a call: GET /slipway/images/{id}/tree and /slipway/containers/{id}/tree;
 * shapes in layers.h. */
#include "api/layers.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "observe/stack_directory.h"

#include <errno.h>
#include <stdlib.h>

enum { PAGE = 100, PAGE_MOST = 1000 };

/* A stack of layers, the lowest first, and what is to be told of each. */
struct stack {
    char **directories;
    const char *upper; /* borrowed; NULL for an image */
    json_t *told;
};

static void stack_clear(struct stack *stack)
{
    strv_free(stack->directories);
    json_decref(stack->told);
}

static bool look_wanted(struct request *request, struct stack_look *look, size_t *layer, struct error *err)
{
    long long number, offset, limit;
    const char *order = str_or(query(request, "order"), "name");
    if (!query_number(request, "layer", 0, &number, err) || !query_number(request, "offset", 0, &offset, err) ||
        !query_number(request, "limit", PAGE, &limit, err))
        return false;
    *look = (struct stack_look){.path = str_or(query(request, "path"), "/"), .by_size = str_equal(order, "size")};
    if (number < 0 || offset < 0 || limit < 1 || limit > PAGE_MOST)
        error_set(err, EINVAL, "layer and offset must not be negative, limit is 1 to %d", PAGE_MOST);
    else if (!look->by_size && !str_equal(order, "name"))
        error_set(err, EINVAL, "no order %s: there are name and size", order);
    else if (*look->path != '/')
        error_set(err, EINVAL, "path must begin with /: %s", look->path);
    else {
        *layer = (size_t)number;
        look->offset = (size_t)offset;
        look->limit = (size_t)limit;
        return true;
    }
    return false;
}

static void tell(struct stack *stack, const char *by)
{
    json_array_append_new(stack->told,
                          json_pack("{s:I,s:s}", "number", (json_int_t)json_array_size(stack->told) + 1, "created_by", by));
}

static void add(struct stack *stack, const char *directory, const char *by)
{
    strv_add(&stack->directories, directory);
    tell(stack, by);
}

/* The layers up to the one asked for. */
static bool cut(struct stack *stack, size_t layer, struct error *err)
{
    size_t all = json_array_size(stack->told);
    if (layer > all) {
        error_set(err, EINVAL, "no layer %zu: there are %zu, the lowest is 1", layer, all);
        return false;
    }
    if (layer && layer < all)
        stack->upper = NULL;
    for (size_t i = strv_len(stack->directories); layer && i-- > layer;) {
        free(stack->directories[i]);
        stack->directories[i] = NULL;
    }
    return true;
}

static enum MHD_Result show(struct request *request, struct stack *stack)
{
    struct error err = ERROR_INIT;
    struct stack_look look;
    size_t layer;
    json_t *doc = NULL;
    if (look_wanted(request, &look, &layer, &err) && cut(stack, layer, &err))
        doc = stack_directory(stack->directories, stack->upper, &look, &err);
    if (doc)
        json_object_set(doc, "stack", stack->told);
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

enum MHD_Result image_tree_show(struct request *request)
{
    struct error err = ERROR_INIT;
    size_t i;
    json_t *layer;
    engine_wait_images(request->engine);
    cleanup_json json_t *story = image_story(request->engine->images, request->captured[0], &err);
    if (!story)
        return reply_error(request, &err);
    struct stack stack = {.told = json_array()};
    json_array_foreach(json_object_get(story, "layers"), i, layer)
    {
        add(&stack, json_str(layer, "directory", ""), json_str(layer, "created_by", ""));
    }
    enum MHD_Result result = show(request, &stack);
    stack_clear(&stack);
    return result;
}

/* By the links that the container's mount has: they lead to the same directories. */
static void add_rootfs(struct stack *stack, const struct rootfs *rootfs, const json_t *story)
{
    const json_t *layers = json_object_get(story, "layers");
    size_t image = story ? json_array_size(layers) : 0, number = 0;
    for (size_t i = strv_len((char *const *)rootfs->lower); i-- > 0; number++) {
        const char *by = !story           ? "the image"
                         : number < image ? json_str(json_array_get(layers, number), "created_by", "")
                                          : "the creation of the container";
        add(stack, rootfs->lower[i], by);
    }
    tell(stack, "the container");
    stack->upper = rootfs->upper;
}

enum MHD_Result container_tree_show(struct request *request)
{
    struct error err = ERROR_INIT, own = ERROR_INIT;
    enum MHD_Result result;
    struct rootfs rootfs = {0};
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    if (rootfs_open(request->engine->images, instance->id, &rootfs, &err) < 0)
        return reply_error(request, &err);
    /* An image that was removed by force has left its layers, and nothing to tell of them. */
    cleanup_json json_t *story = image_story(request->engine->images, instance->image_id, &own);
    struct stack stack = {.told = json_array()};
    add_rootfs(&stack, &rootfs, story);
    result = show(request, &stack);
    stack_clear(&stack);
    rootfs_clear(&rootfs);
    return result;
}
