/* Directories of layers that nobody needs any more. While the store is locked they are only given a temporary name, by which a
 * crash leaves what the next start removes; their files go when it is unlocked: a large layer takes a second, in which no container
 * could start. */
#include "image/store.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void condemn_locked(struct image_store *store, const char *name)
{
    char random[ID_TEXT], gone[CACHE_TEXT];
    if (str_starts(name, "tmp-")) {
        strv_add(&store->condemned, name);
        return;
    }
    id_generate(random);
    snprintf(gone, sizeof gone, "tmp-%s", random);
    under_way_add(store, gone);
    if (renameat(store->overlay_fd, name, store->overlay_fd, gone) == 0) {
        strv_add(&store->condemned, gone);
        return;
    }
    if (errno != ENOENT)
        log_warn("rename %s/%s: %s", store->overlay, name, strerror(errno));
    under_way_drop(store, gone);
}

void store_unlock(struct image_store *store)
{
    cleanup_strv char **condemned = move_ptr(store->condemned);
    pthread_mutex_unlock(&store->lock);
    for (char **name = condemned; name && *name; name++)
        layer_abandon(store, *name);
}
