/* Where the layers of an image come from: each with the line of the history that made it, and the images that have it too. */
#include "image/store.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

/* Names of the other images with this layer, or the start of the id where one has none; steps on the way to an image do not count.
 */
static json_t *shared_with_locked(struct image_store *store, const struct image *own, const struct layer *layer)
{
    json_t *out = json_array();
    for (size_t i = 0; i < store->image_count; i++) {
        const struct image *image = store->images[i];
        bool has = false;
        for (size_t j = 0; j < image->layer_count && !has && image != own; j++)
            has = image->layers[j] == layer;
        if (!has)
            continue;
        cleanup_strv char **names = names_of_locked(store, image->id);
        bool named = names && *names;
        if (!named && image_has_children_locked(store, image))
            continue;
        for (char **name = names; name && *name; name++)
            json_array_append_new(out, json_string(*name));
        if (!named)
            json_array_append_new(out, json_stringn(image->id + strlen("sha256:"), 12));
    }
    return out;
}

static json_t *layer_json(struct image_store *store, const struct image *image, size_t i)
{
    const struct layer *layer = image->layers[i];
    cleanup_free char *directory = str_format("%s/%s/diff", store->overlay, layer->cache_id);
    return json_pack("{s:I,s:s,s:s,s:s,s:I,s:s,s:o}", "number", (json_int_t)i + 1, "directory", directory, "diff_id", layer->diff,
                     "chain_id", layer->chain, "size", (json_int_t)layer->size, "created_by", "", "shared_with",
                     shared_with_locked(store, image, layer));
}

/* Lines of the history that say empty_layer made none; the others stand for the layers in turn. One line too few, or none at all,
 * leaves layers without an instruction; one too many is nobody's. */
static void tell_history(json_t *story, const json_t *history)
{
    json_t *layers = json_object_get(story, "layers"), *lines = json_array(), *line;
    size_t i, next = 0;
    json_array_foreach(history, i, line)
    {
        bool empty = json_flag(line, "empty_layer", false);
        json_t *layer = empty ? NULL : json_array_get(layers, next), *told = json_object();
        static const char *const keys[] = {"created_by", "created", "comment"};
        for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
            json_object_set_new(told, keys[k], json_string(json_str(line, keys[k], "")));
            if (layer)
                json_object_set(layer, keys[k], json_object_get(told, keys[k]));
        }
        json_object_set_new(told, "layer", layer ? json_integer((json_int_t)++next) : json_null());
        json_array_append_new(lines, told);
    }
    json_object_set_new(story, "history", lines);
}

json_t *image_story(struct image_store *store, const char *name, struct error *err)
{
    json_t *story = NULL;
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_resolve_locked(store, name, err);
    if (image) {
        json_t *layers = json_array();
        cleanup_strv char **names = names_of_locked(store, image->id);
        for (size_t i = 0; i < image->layer_count; i++)
            json_array_append_new(layers, layer_json(store, image, i));
        story =
            json_pack("{s:s,s:o,s:o}", "id", image->id, "names", names ? json_from_strv(names) : json_array(), "layers", layers);
        tell_history(story, json_object_get(image->config, "history"));
    }
    pthread_mutex_unlock(&store->lock);
    return story;
}
