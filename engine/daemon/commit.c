/* docker commit: what the container would be started with, changed by instructions, over its layers and one more. */
#include "daemon/archive.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"

#include <errno.h>
#include <string.h>

static bool empty(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) || (json_is_string(value) && !*json_string_value(value)) ||
           (json_is_array(value) && !json_array_size(value)) || (json_is_object(value) && !json_object_size(value));
}

/* NAME of the NAME=VALUE at `entry` is set in `list` already. */
static bool has_name(const json_t *list, const char *entry)
{
    size_t i, len = strcspn(entry, "=");
    json_t *other;
    json_array_foreach((json_t *)list, i, other)
    {
        const char *text = json_string_value(other);
        if (text && strncmp(text, entry, len) == 0 && strcspn(text, "=") == len)
            return true;
    }
    return false;
}

static void merge_environment(json_t *own, const json_t *inherited)
{
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)inherited, i, entry)
    {
        if (json_is_string(entry) && !has_name(own, json_string_value(entry)))
            json_array_append(own, entry);
    }
}

/* What a request's config leaves open is the container's; objects and the environment are joined, Cmd goes with Entrypoint. */
static json_t *merged_config(const json_t *own, const json_t *container)
{
    json_t *config = json_deep_copy(container), *value;
    const char *key;
    if (!json_is_object(own))
        return config;
    json_object_foreach((json_t *)own, key, value)
    {
        json_t *old = json_object_get(config, key);
        if (empty(value))
            continue;
        cleanup_json json_t *copy = json_deep_copy(value);
        if (str_equal(key, "Env") && json_is_array(copy))
            merge_environment(copy, old);
        else if (json_is_object(copy) && json_is_object(old))
            json_object_update_missing(copy, old);
        json_object_set(config, key, copy);
    }
    if (!empty(json_object_get(own, "Entrypoint")) && empty(json_object_get(own, "Cmd")))
        json_object_set_new(config, "Cmd", json_null());
    return config;
}

static int image_of(struct instance *instance, const struct commit_request *request, char id[DIGEST_TEXT], struct error *err)
{
    struct rootfs rootfs = {0};
    int r = rootfs_open(instance->engine->images, instance->id, &rootfs, err);
    if (r < 0)
        return r;
    cleanup_json json_t *config = merged_config(request->config, instance->config);
    const struct image_commit commit = {.rootfs = &rootfs,
                                        .parent = instance->image_id,
                                        .container = instance->id,
                                        .container_config = instance->config,
                                        .config = config,
                                        .changes = request->changes,
                                        .author = str_or(request->author, ""),
                                        .comment = str_or(request->comment, ""),
                                        .reference = request->reference};
    r = image_commit(instance->engine->images, &commit, id, err);
    rootfs_clear(&rootfs);
    return r;
}

int container_commit(struct instance *instance, const struct commit_request *request, char id[DIGEST_TEXT], struct error *err)
{
    if (instance->sandbox)
        return error_set(err, EOPNOTSUPP,
                         "a lab's sandbox cannot become an image: its files belong to the ids of its user namespace");
    struct state state = instance_state(instance);
    bool hold = request->pause && state.running && !state.paused && !state.restarting;
    state_clear(&state);
    hold = hold && container_pause(instance, true, NULL) == 0;
    int r = image_of(instance, request, id, err);
    if (hold)
        container_pause(instance, false, NULL);
    if (r < 0)
        return r;
    json_t *extra = json_pack("{s:s,s:s}", "comment", str_or(request->comment, ""), "imageID", id);
    if (!str_empty(request->reference))
        json_object_set_new(extra, "imageRef", json_string(request->reference));
    event_container(instance, "commit", extra);
    return 0;
}
