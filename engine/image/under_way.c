/* Which directories below overlay2 are being written or removed right now. At the start of the engine whatever has a temporary name
 * is a leftover; later only what is not in this list is, and store_check says so. */
#include "image/store.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>

void under_way_add(struct image_store *store, const char *name)
{
    pthread_mutex_lock(&store->under_way_lock);
    strv_add(&store->under_way, name);
    pthread_mutex_unlock(&store->under_way_lock);
}

void under_way_drop(struct image_store *store, const char *name)
{
    pthread_mutex_lock(&store->under_way_lock);
    size_t count = strv_len(store->under_way);
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(store->under_way[i], name))
            continue;
        free(store->under_way[i]);
        store->under_way[i] = store->under_way[count - 1];
        store->under_way[count - 1] = NULL;
        break;
    }
    pthread_mutex_unlock(&store->under_way_lock);
}

bool under_way_has(struct image_store *store, const char *name)
{
    pthread_mutex_lock(&store->under_way_lock);
    bool has = strv_has(store->under_way, name);
    pthread_mutex_unlock(&store->under_way_lock);
    return has;
}
