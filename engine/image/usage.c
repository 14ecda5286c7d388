/* How much the images take together: layers that several images have are on disk once. */
#include "image/store.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

int64_t image_layers_size(struct image_store *store)
{
    int64_t total = 0;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->layer_count; i++)
        total += store->layers[i]->size;
    pthread_mutex_unlock(&store->lock);
    return total;
}

static bool has_layer(const struct image *image, const struct layer *layer)
{
    for (size_t i = 0; i < image->layer_count; i++)
        if (image->layers[i] == layer)
            return true;
    return false;
}

/* Bytes of `image` in layers that another image of `among` has as well. */
static int64_t shared_size(const struct image *image, struct image *const *among, size_t count)
{
    int64_t shared = 0;
    for (size_t i = 0; i < image->layer_count; i++) {
        bool elsewhere = false;
        for (size_t k = 0; k < count && !elsewhere; k++)
            elsewhere = among[k] != image && has_layer(among[k], image->layers[i]);
        shared += elsewhere ? image->layers[i]->size : 0;
    }
    return shared;
}

void image_list_add_shared(struct image_store *store, json_t *list)
{
    cleanup_free struct image **among = xcalloc(json_array_size(list) + 1, sizeof *among);
    size_t i, count = 0;
    json_t *entry;
    pthread_mutex_lock(&store->lock);
    json_array_foreach(list, i, entry)
    {
        struct image *image = image_by_id_locked(store, json_str(entry, "Id", ""));
        if (image)
            among[count++] = image;
    }
    json_array_foreach(list, i, entry)
    {
        const struct image *image = image_by_id_locked(store, json_str(entry, "Id", ""));
        json_object_set_new(entry, "SharedSize", json_integer(image ? shared_size(image, among, count) : 0));
    }
    pthread_mutex_unlock(&store->lock);
}

bool image_is_intermediate(struct image_store *store, const char *id)
{
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_by_id_locked(store, id);
    cleanup_strv char **names = image ? names_of_locked(store, id) : NULL;
    bool intermediate = image && !names && image_has_children_locked(store, image);
    pthread_mutex_unlock(&store->lock);
    return intermediate;
}

int64_t image_size(struct image_store *store, const char *id)
{
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_by_id_locked(store, id);
    int64_t size = image ? image->size : 0;
    pthread_mutex_unlock(&store->lock);
    return size;
}
