/* What was made from an image: where a build looks for steps that it need not do again. */
#include "image/store.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static int newest_first(const void *a, const void *b)
{
    const struct image *left = *(struct image *const *)a, *right = *(struct image *const *)b;
    return left->created_ns < right->created_ns ? 1 : left->created_ns > right->created_ns ? -1 : strcmp(left->id, right->id);
}

void image_children(struct image_store *store, const char *parent,
                    bool (*look)(void *data, const char *id, const json_t *config, int64_t created_ns), void *data)
{
    size_t count = 0;
    pthread_mutex_lock(&store->lock);
    cleanup_free struct image **found = xcalloc(store->image_count + 1, sizeof *found);
    for (size_t i = 0; i < store->image_count; i++)
        if (str_equal(store->images[i]->parent, parent))
            found[count++] = store->images[i];
    qsort(found, count, sizeof *found, newest_first);
    for (size_t i = 0; i < count && !look(data, found[i]->id, found[i]->config, found[i]->created_ns); i++)
        ;
    pthread_mutex_unlock(&store->lock);
}

bool image_descends(struct image_store *store, const char *id, const char *ancestor)
{
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_by_id_locked(store, id);
    while (image && !str_equal(image->id, ancestor))
        image = *image->parent ? image_by_id_locked(store, image->parent) : NULL;
    pthread_mutex_unlock(&store->lock);
    return image != NULL;
}

void image_adopt(struct image_store *store, const char *id, const char *parent)
{
    pthread_mutex_lock(&store->lock);
    struct image *image = image_by_id_locked(store, id);
    if (image && !*image->parent)
        image_set_parent_locked(store, image, parent);
    pthread_mutex_unlock(&store->lock);
}
